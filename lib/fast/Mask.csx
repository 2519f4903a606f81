#nullable enable

// Which hidden units dropout leaves out, as the course draws it (RandomBits.csx, Dropout.Mask): the same bits, made
// where they are needed.

/// <summary>The mask of one step: entry number i, counted down the columns, is 0 where the random bits of i are below <see cref="LeftOut"/>.</summary>
/// <param name="Key">The first half of the key.</param>
/// <param name="OtherKey">The second half.</param>
/// <param name="LeftOut">p·2³²: of 2³² numbers so many are below it.</param>
internal readonly record struct Mask(uint Key, uint OtherKey, uint LeftOut)
{
    /// <summary>What number i is multiplied by, and what its bits are after the first half of the key and after the second.</summary>
    public const uint Apart = 0x9E3779B9, First = 0x85EBCA6B, Second = 0xC2B2AE35;

    public static Mask Of(long key, double p) => new(unchecked((uint)key), unchecked((uint)(key >> 32)), (uint)(p * (1L << 32)));

    /// <summary>The first half of the mixing of number i is that of i·Apart + Key; with registers i is that of the first number.</summary>
    public uint Start(uint i) => unchecked(i * Apart + Key);

    /// <summary>Whether unit and example number i is kept.</summary>
    public bool Keeps(uint i)
    {
        unchecked
        {
            var bits = Start(i);
            bits = (bits ^ bits >> 16) * First + OtherKey;
            bits = (bits ^ bits >> 13) * Second;
            return (bits ^ bits >> 16) >= LeftOut;
        }
    }
}
