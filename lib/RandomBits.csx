using System.Numerics.Tensors;

#nullable enable

// Random numbers of which none needs the one before it.

/// <summary>
/// Random bits by their number: number i is i itself with its bits mixed by multiplications and shifts (as in Appleby's
/// MurmurHash3), together with a key. So many are made at a time, and it does not matter who makes which of them.
/// </summary>
public static class RandomBits
{
    private const int Block = 512;
    private static readonly uint[] s_counted = Counted();   // the numbers 0, 1, … far apart

    /// <summary>Numbers first, first + 1, … of a key, each from 0 to 2³² − 1 with the same probability.</summary>
    /// <param name="key">Keys with different upper halves give numbers that have nothing to do with each other; those with the same upper half are one sequence, begun elsewhere.</param>
    /// <param name="first">The number of the first.</param>
    /// <param name="bits">What is drawn.</param>
    public static void Draw(long key, int first, Span<uint> bits)
    {
        Span<uint> buffer = stackalloc uint[Block];
        for (var at = 0; at < bits.Length; at += Block)
        {
            var some = bits.Slice(at, Math.Min(Block, bits.Length - at));
            var shifted = buffer[..some.Length];
            TensorPrimitives.Add(s_counted.AsSpan(0, some.Length), unchecked(Apart * (uint)(first + at) + (uint)key), some);
            Mix(some, shifted, 16, 0x85EBCA6B);
            TensorPrimitives.Add(some, unchecked((uint)(key >> 32)), some);
            Mix(some, shifted, 13, 0xC2B2AE35);
            Mix(some, shifted, 16, 1);
        }

        static void Mix(Span<uint> bits, Span<uint> shifted, int by, uint factor)
        {
            TensorPrimitives.ShiftRightLogical<uint>(bits, by, shifted);
            TensorPrimitives.Xor<uint>(bits, shifted, bits);
            if (factor != 1) TensorPrimitives.Multiply(bits, factor, bits);
        }
    }

    private const uint Apart = 0x9E3779B9;

    private static uint[] Counted()
    {
        var counted = new uint[Block];
        for (var i = 0; i < counted.Length; i++) counted[i] = unchecked(Apart * (uint)i);
        return counted;
    }
}
