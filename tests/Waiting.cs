using Microsoft.Playwright;

namespace Tests;

/// <summary>Waiting on a page of the site.</summary>
public static class Waiting
{
    /// <summary>Until a JavaScript expression, or a function of the argument, is true. Playwright's own WaitForFunctionAsync
    /// evaluates text in the page, which the Content-Security-Policy of the site's pages forbids.</summary>
    public static async Task UntilAsync(this IPage page, string expression, object? argument = null)
    {
        for (var i = 0; !await page.EvaluateAsync<bool>(expression, argument); i++)
        {
            if (i > 600) throw new TimeoutException($"In a minute this did not become true: {expression}");
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }
}
