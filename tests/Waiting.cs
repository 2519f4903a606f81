using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace Tests;

/// <summary>Waiting on a page of the site.</summary>
public static class Waiting
{
    /// <summary>How long to wait for what must come: a busy machine is slow, which is no fault of the page.</summary>
    public const int Milliseconds = 60_000;

    /// <summary>Until a JavaScript expression, or a function of the argument, is true. Playwright's own WaitForFunctionAsync
    /// evaluates text in the page, which the Content-Security-Policy of the site's pages forbids.</summary>
    public static async Task UntilAsync(this IPage page, string expression, object? argument = null)
    {
        for (var i = 0; !await page.EvaluateAsync<bool>(expression, argument); i++)
        {
            if (i > Milliseconds / 100) throw new TimeoutException($"In a minute this did not become true: {expression}");
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Until a page of the site is there with all that it loads. Playwright's own WaitForURLAsync misses a page that arrives
    /// while it is being called, and does not know the explorer, which at once writes its settings behind its address.</summary>
    public static async Task ReachesAsync(this IPage page, string address)
    {
        await Assertions.Expect(page).ToHaveURLAsync(new Regex($"/{Regex.Escape(address)}(#.*)?$"));
        await page.UntilAsync("document.readyState === 'complete'");
    }

    /// <summary>Scrolls a part of the page into sight. Playwright's own way waits until the part stands still for two frames, and
    /// on a busy machine has waited a minute for them.</summary>
    public static async Task ScrollThereAsync(this ILocator part) =>
        await part.EvaluateAsync("part => part.scrollIntoView({ block: 'center', behavior: 'instant' })");
}
