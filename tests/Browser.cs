using Nb;
using Nb.Pictures;

namespace Tests;

/// <summary>The browser for tests that look at pages. Without one they are skipped; in CI, where it must be there, they fail.</summary>
internal static class Browser
{
    public static string Path()
    {
        try
        {
            return Chromium.Find();
        }
        catch (UserError) when (Environment.GetEnvironmentVariable("CI") is null or "")
        {
            Assert.Skip("No Chromium is installed: nothing was drawn.");
            throw;
        }
    }
}
