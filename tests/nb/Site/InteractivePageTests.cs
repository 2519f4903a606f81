using Nb;
using Nb.Site.Pages;

namespace Tests.Site;

/// <summary>What the three interactive pages have in common.</summary>
[Trait("Time", "long")]
public sealed class InteractivePageTests(BuiltSite site) : SitePageTests(site)
{
    private static readonly string[] s_pages = ["pad.html", "explorer.html", "walkthrough.html"];

    [Fact]
    public async Task A_page_fits_a_small_telephone_and_every_control_has_a_name()
    {
        foreach (var name in s_pages)
        {
            Assert.InRange(new FileInfo(Path.Join(Folder, name)).Length, 1, 2_000_000);
            var page = await OpenAsync(name, new() { ViewportSize = new() { Width = 320, Height = 640 } });
            Assert.True(await page.EvaluateAsync<int>("document.documentElement.scrollWidth") <= 320, $"{name} is wider than 320 pixels");
            var nameless = await page.EvaluateAsync<string[]>("""
                [...document.querySelectorAll("main button, main input, main select, main svg, main canvas")]
                  .filter(e => !(e.getAttribute("aria-label") || e.getAttribute("aria-labelledby") || e.labels?.length || e.textContent.trim()))
                  .map(e => e.outerHTML.slice(0, 80))
                """);
            Assert.Empty(nameless);
        }
    }

    [Fact]
    public async Task Every_link_leads_to_a_place_that_is_there()
    {
        var known = new Dictionary<string, HashSet<string>>();
        foreach (var name in s_pages)
        {
            var page = await OpenAsync(name);
            var links = (await page.EvaluateAsync<string[]>("[...document.querySelectorAll('main a')].map(a => a.getAttribute('href'))")).ToHashSet();
            if (name == "walkthrough.html")
                links.UnionWith(await page.EvaluateAsync<string[]>(
                    "walkthrough.stepsOf(walkthrough.example).map(step => `my_note.html#eq-${step.equation.replace('.', '-')}`)"));
            Assert.NotEmpty(links);
            foreach (var link in links)
            {
                var (file, place) = (link.Split('#')[0], link.Split('#').ElementAtOrDefault(1));
                Assert.True(File.Exists(Path.Join(Folder, file)), $"{name}: {link}");
                if (place is null) continue;
                if (!known.TryGetValue(file, out var places))
                {
                    var target = await OpenAsync(file);
                    known[file] = places = [.. await target.EvaluateAsync<string[]>("[...document.querySelectorAll('[id]')].map(e => e.id)")];
                    await target.CloseAsync();
                }
                Assert.True(places.Contains(place), $"{name}: {link}");
            }
        }
    }

    [Fact]
    public void A_page_is_there_when_its_data_is_and_bad_data_is_named()
    {
        using var fixture = new Runner.Fixture();
        Assert.Empty(InteractivePages.Of(fixture.Folder));

        Directory.CreateDirectory(Path.Join(fixture.Folder, "data"));
        var network = Path.Join(fixture.Folder, "data", "digits-784-128-10.nn");
        File.WriteAllBytes(network, new byte[100]);
        Assert.Contains($"{network}: expected a network that ends with its checksum", Assert.Throws<UserError>(() => InteractivePages.Of(fixture.Folder)).Message);

        File.Delete(network);
        File.WriteAllText(Path.Join(fixture.Folder, "data", "explorer.json"), "{");
        Assert.Contains("explorer.json: expected JSON", Assert.Throws<UserError>(() => InteractivePages.Of(fixture.Folder)).Message);
    }
}
