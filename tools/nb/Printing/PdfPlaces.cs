namespace Nb.Printing;

/// <summary>Reads from a PDF of Chromium on which page each place lies.</summary>
public static class PdfPlaces
{
    public static IReadOnlyDictionary<string, int> Pages(byte[] pdf) => new Dictionary<string, int>();
}
