using System.Text.Json;

namespace Nb.Site.Pages;

/// <summary>The explorer: sliders over runs that tools/explorer has made.</summary>
internal static class ExplorerPage
{
    /// <summary>The page with all runs inside; null where the course has none.</summary>
    public static InteractivePage? Of(string root)
    {
        var file = Path.Join(root, "data", "explorer.json");
        if (!File.Exists(file))
            return null;
        var runs = File.ReadAllText(file);
        try
        {
            using var _ = JsonDocument.Parse(runs);
        }
        catch (JsonException error)
        {
            throw new UserError($"{file}: expected JSON, found something else ({error.Message}). "
                + "Make it again: dotnet run -c Release --project tools/explorer");
        }
        static string Eq(string number) => InteractivePage.Equation(number);
        static string Slider(string id, string label, string symbol, string equation) => $"""
            <div><label for="{id}">{label}, <i>{symbol}</i> {equation}: <strong id="{id}-value"></strong></label>
            <input id="{id}" type="range" min="0" step="1"></div>
            """;
        return new("explorer.html", "Explorer", $"""
            <link rel="stylesheet" href="assets/interactive.css">
            <section class="text">
            <h1>Explorer</h1>
            <p>Move a slider and see what training does. Nothing is simulated: each position is a real run of this course's own
            library, made before.</p>
            </section>
            <div class="sliders">
            {Slider("rate", "Learning rate", "η", Eq("6.1"))}
            {Slider("hidden", "Hidden units", "h", Eq("3.1"))}
            {Slider("batch", "Batch size", "B", Eq("6.3"))}
            </div>
            <p class="answer-line" id="result" role="status"></p>
            <p id="verdict"></p>
            <p class="buttons epochs"><button type="button" id="play">Play the epochs</button>
            <label for="epoch">Epoch <strong id="epoch-value"></strong></label> <input id="epoch" type="range" min="0" step="1"></p>
            <p class="buttons"><button type="button" id="keep">Keep these curves to compare</button>
            <button type="button" id="drop" disabled>Remove them</button></p>
            <div class="charts">
            <figure><figcaption>Loss</figcaption><svg id="loss" viewBox="0 0 460 300" role="img"></svg></figure>
            <figure><figcaption>Wrong answers (100 % − accuracy)</figcaption><svg id="errors" viewBox="0 0 460 300" role="img"></svg></figure>
            </div>
            <p class="legend"><span class="training">training images</span> <span class="validation">validation images</span>
            <span class="lowest">lowest validation loss</span> <span class="kept" id="kept" hidden></span></p>
            <p class="soft"><span id="what"></span> Both vertical axes are logarithmic: each line is ten times the one below. Values beyond the lowest or the highest line are drawn on it.</p>
            <section class="text">
            <h2 id="map-title">All learning rates and batch sizes at once</h2>
            <p>Wrong answers on the validation images after <span id="map-epoch"></span>, in per cent, for <i>h</i> = <span id="map-hidden"></span>.
            The bluer the better; × is a run that diverged. A click moves the sliders there.</p>
            <table class="map" id="map" aria-labelledby="map-title"></table>
            <h2>What to look for</h2>
            <ul>
            <li>For one batch size, go through the learning rates from left to right: too small is slow; too large: most
            hidden units go off for good, {Eq("5.8")}: then the loss looks harmless, and nothing is learned any more. Only with all
            images in one batch and <i>η</i> = 3 does the loss itself <a href="my_note.html#the-learning-rate-and-divergence">diverge</a> (×).</li>
            <li>From batches of 8 to 512 the good learning rate mostly moves to the right, but by less than the
            <a href="my_note.html#learning-rate-and-batch-size-belong-together">rule of thumb {Eq("7.6")}</a> says. With all images
            in one batch it is hardly ever larger still: long steps then make the loss jump, or switch units off.</li>
            <li>Take many hidden units, and batches of 8 (<i>η</i> = 0.1) or 32 (<i>η</i> = 0.3). The training loss goes on falling while the validation loss
            turns upwards: the <a href="my_note.html#underfitting-and-overfitting">gap {Eq("7.1")}</a> opens. The ring marks the
            lowest validation loss, where <a href="my_note.html#early-stopping">early stopping {Eq("7.2")}</a> with enough patience would keep.</li>
            <li>Take 2 hidden units. Even the best learning rate and batch leave 38 % wrong: the network is too small.</li>
            <li>Each position is one run with one seed. Two positions whose errors differ by less than two
            <a href="my_note.html#how-certain-is-the-accuracy">standard errors {Eq("8.6")}</a> may well change places with another seed.</li>
            </ul>
            </section>
            {InteractivePage.Data("runs", "application/json", runs)}
            <script defer src="assets/explorer.js"></script>
            """);
    }
}
