using System.Text;

namespace Nb;

/// <summary>Text as nb reads it: UTF-8, and nothing else taken for it.</summary>
public static class TextFile
{
    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The text of a file.</summary>
    /// <exception cref="UserError">It is not UTF-8: read all the same, it would be stored wrong for good.</exception>
    public static string Read(string path) => Decode(File.ReadAllBytes(path), path);

    /// <summary>The text of the bytes of a file, without a byte order mark.</summary>
    /// <exception cref="UserError">They are not UTF-8.</exception>
    public static string Decode(ReadOnlySpan<byte> bytes, string path)
    {
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || bytes.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
            throw new UserError($"{path}: expected text in UTF-8, found a file in UTF-16. Save it again as UTF-8.");
        if (bytes.StartsWith(Encoding.UTF8.Preamble))
            bytes = bytes[3..];
        try
        {
            return s_strict.GetString(bytes);
        }
        catch (DecoderFallbackException error)
        {
            var before = bytes[..error.Index];
            throw new UserError($"{path}: expected text in UTF-8, found the byte 0x{bytes[error.Index]:X2} in line "
                + $"{before.Count((byte)'\n') + 1}, byte {before.Length - before.LastIndexOf((byte)'\n')}. Save the file again as UTF-8, "
                + "or take it back with `git checkout`.");
        }
    }
}
