namespace Tests.Lib;

/// <summary>Random bits by their number.</summary>
public class RandomBitsTests
{
    [Fact]
    public void A_number_depends_on_its_key_and_its_place_alone()
    {
        const long Key = 0x0123456789ABCDEF;
        var all = new uint[3000];
        RandomBits.Draw(Key, 0, all);
        // The mixing written for one number.
        for (uint i = 0; i < all.Length; i++)
        {
            var x = 0x9E3779B9 * i + 0x89ABCDEF;
            x = (x ^ (x >> 16)) * 0x85EBCA6B + 0x01234567;
            x = (x ^ (x >> 13)) * 0xC2B2AE35;
            Assert.Equal(x ^ (x >> 16), all[i]);
        }
        foreach (var (first, count) in new[] { (0, 0), (0, 1), (1, 17), (511, 2), (512, 512), (700, 1300), (2999, 1) })
        {
            var some = new uint[count];
            RandomBits.Draw(Key, first, some);
            Assert.Equal(all[first..(first + count)], some);
        }
    }

    /// <summary>How many of the bits agree: half of them, whichever two numbers are compared.</summary>
    [Fact]
    public void Neighbours_and_the_numbers_of_other_keys_agree_in_half_of_their_bits()
    {
        const int Count = 20_000;
        static uint[] Of(long key)
        {
            var bits = new uint[Count];
            RandomBits.Draw(key, 0, bits);
            return bits;
        }
        static double Agreeing(IEnumerable<uint> a, IEnumerable<uint> b) => a.Zip(b, (x, y) => 32 - System.Numerics.BitOperations.PopCount(x ^ y)).Average() / 32;
        var numbers = Of(0x1234_5678_9ABC_DEF0);
        // 640,000 bits: a standard error of 0.0006.
        foreach (var step in new[] { 1, 2, 10, 128, 800, 6400 }) Assert.Equal(0.5, Agreeing(numbers[step..], numbers), 0.004);
        // Keys as a generator gives them, and those that have one half with this one in common.
        var random = new Random(1);
        for (var i = 0; i < 50; i++)
        {
            var key = random.NextInt64();
            Assert.Equal(0.5, Agreeing(Of(key), numbers), 0.004);
            Assert.Equal(0.5, Agreeing(Of(key & ~0xFFFF_FFFFL | 0x9ABC_DEF0), numbers), 0.02);
            Assert.Equal(0.5, Agreeing(Of(key & 0xFFFF_FFFFL | 0x1234_5678L << 32), numbers), 0.004);
        }
        for (var bit = 0; bit < 32; bit++) Assert.Equal(0.5, numbers.Average(x => x >> bit & 1), 0.015);
    }
}
