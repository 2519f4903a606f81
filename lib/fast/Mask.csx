#nullable enable

// Which hidden units dropout leaves out, as the course draws it (RandomBits.csx, Dropout.Mask): the same bits, made
// where they are needed.

/// <summary>The mask of one step: entry number i, counted down the columns, is 0 where the random bits of i are below <see cref="LeftOut"/>.</summary>
/// <param name="Key">The lower half of the key.</param>
/// <param name="OtherKey">The upper half.</param>
/// <param name="LeftOut">p·2³²: of 2³² numbers so many are below it.</param>
internal readonly record struct Mask(uint Key, uint OtherKey, uint LeftOut)
{
    /// <summary>What number i is multiplied by, and what its bits are before the second half of the key comes in and after.</summary>
    public const uint Apart = 0x9E3779B9, FirstFactor = 0x85EBCA6B, SecondFactor = 0xC2B2AE35;

    public static Mask Of(long key, double p) => new(unchecked((uint)key), unchecked((uint)(key >> 32)), (uint)(p * (1L << 32)));

    /// <summary>Where the mixing of number i begins; of a register, i is the number of its first entry.</summary>
    public uint Start(uint i) => unchecked(i * Apart + Key);

    /// <summary>Whether entry number i is kept: as RandomBits.Draw mixes, and with the registers IRegister.WhereKept.</summary>
    public bool Keeps(uint i)
    {
        unchecked
        {
            var bits = Start(i);
            bits = (bits ^ bits >> 16) * FirstFactor + OtherKey;
            bits = (bits ^ bits >> 13) * SecondFactor;
            return (bits ^ bits >> 16) >= LeftOut;
        }
    }
}
