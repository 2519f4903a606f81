using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Nb.Notebooks;

namespace Nb.Site.Pages;

/// <summary>The drawing pad: the network of the course answers while a digit is drawn.</summary>
internal static partial class PadPage
{
    /// <summary>The page with the network inside; null where the course has no network.</summary>
    public static InteractivePage? Of(string root)
    {
        var file = Path.Join(root, "data", "digits-784-128-10.nn");
        if (!File.Exists(file))
            return null;
        var network = File.ReadAllBytes(file);
        if (network.Length < SHA256.HashSizeInBytes
            || !SHA256.HashData(network.AsSpan()[..^SHA256.HashSizeInBytes]).SequenceEqual(network[^SHA256.HashSizeInBytes..]))
        {
            throw new UserError($"{file}: expected a network that ends with its checksum, found another file, or a damaged one. "
                + "Take it from the repository again: git checkout data/digits-784-128-10.nn");
        }
        static string Eq(string number) => InteractivePage.Equation(number);
        var isThere = File.Exists(Path.Join(root, "notebooks", "10-using-the-network.ipynb"));
        string Linked(string words) => isThere ? $"<a href=\"10-using-the-network.html\">{words}</a>" : words;
        var threshold = Threshold(root);
        var sure = threshold.Length == 0 ? "" : $" An answer whose probability is below <i>t</i>&nbsp;=&nbsp;{threshold} ({100 * double.Parse(threshold, CultureInfo.InvariantCulture):F1} %) is called not certain: "
            + $"this is the threshold of {Eq("10.4")}, as {Linked("notebook 10")} chooses it.";
        return new("pad.html", "Drawing pad", $"""
            <link rel="stylesheet" href="assets/interactive.css">
            <section class="text">
            <h1>Drawing pad</h1>
            <p>Draw a digit with the mouse, a pen or a finger. The network that this course trained, 784-128-10, answers at
            every stroke. It runs in this page: nothing is sent anywhere.</p>
            </section>
            <div class="pad">
            <section aria-labelledby="draw-title">
            <h2 id="draw-title" class="unseen">Draw</h2>
            <p class="answer"><strong id="answer">?</strong> <span id="sure"></span></p>
            <p id="spoken" class="unseen" role="status"></p>
            <div class="paper" id="paper"><canvas id="drawing" width="280" height="280" role="img" aria-label="Drawing area. Without a pointer, use the example digits below."></canvas></div>
            <p class="buttons"><button type="button" id="undo">Undo</button> <button type="button" id="clear">Clear</button>
            <button type="button" id="save">Save this as an image</button></p>
            <p>Or take an example:</p>
            <div class="examples" id="examples" role="group" aria-label="Example digits"></div>
            </section>
            <section aria-labelledby="bars-title">
            <h2 id="bars-title">How probable each digit is</h2>
            <div id="bars"></div>
            <p class="soft">The ten probabilities of softmax {Eq("3.4")}. They add up to 100 %.{sure}</p>
            </section>
            <section aria-labelledby="seen-title">
            <h2 id="seen-title">What the network sees</h2>
            <canvas id="seen" class="pixels" width="28" height="28" role="img" aria-label="The drawing as 28 by 28 pixels, scaled and moved as MNIST was"></canvas>
            <p id="stages"></p>
            <p class="soft">The ink is scaled by {Eq("10.1")}, and its centre of mass {Eq("10.2")} is moved to the middle by {Eq("10.3")}.</p>
            </section>
            <section aria-labelledby="why-title" class="why">
            <h2 id="why-title">Why <span id="one"></span> and not <select id="other" aria-label="Another digit"></select>?</h2>
            <p id="why-text"></p>
            <div id="shares"></div>
            <p class="soft">Each unit adds its output times its weight to the scores, {Eq("3.3")}; shown is what it adds to the one beyond the other.
            Blue speaks for the answer, orange for the other digit.</p>
            </section>
            <section aria-labelledby="units-title">
            <h2 id="units-title">Which hidden units fire</h2>
            <svg id="units" role="img" aria-labelledby="firing"></svg>
            <p id="firing"></p>
            <label for="unit">Look at one unit</label> <input id="unit" type="range" min="0" max="127" value="0">
            <div class="unit"><canvas id="unit-weights" class="pixels" width="28" height="28" role="img" aria-label="The weights of this unit, one for each pixel"></canvas>
            <p id="unit-text"></p></div>
            <p class="soft">The stronger its colour, the more a unit gives, {Eq("3.2")}. The small picture shows its 784 weights: ink in
            orange places makes it fire, ink in blue places keeps it quiet.</p>
            </section>
            </div>
            <section class="text">
            <h2>Things to try</h2>
            <ul>
            <li>Draw a small digit in a corner. "What the network sees" shows how it is brought into the form of MNIST.</li>
            <li>Draw a 1 and change it slowly into a 7. Where does the answer change?</li>
            <li>Draw a letter or a face. The network has no answer "this is no digit", so it names one, often with little
            certainty and sometimes with much; see <a href="my_note.html#what-the-network-cannot-do">what the network cannot do</a>.</li>
            <li>Save your drawing. {Linked("Notebook 10")} reads the file and shows every stage in C#.</li>
            </ul>
            </section>
            {InteractivePage.Data("network", "text/plain", Convert.ToBase64String(network)).Replace("<script ", $"<script data-threshold=\"{threshold}\" ", StringComparison.Ordinal)}
            <script defer src="assets/digits.js"></script>
            <script defer src="assets/pad.js"></script>
            """);
    }

    /// <summary>The threshold that notebook 10 chose, as its stored output says; empty where there is none.</summary>
    private static string Threshold(string root)
    {
        var file = Path.Join(root, "notebooks", "10-using-the-network.ipynb");
        if (!File.Exists(file))
            return "";
        var choice = Notebook.Load(file).Cells.FirstOrDefault(cell => cell.Id == "threshold-choice");
        // Of the two lines "validation  t = …" the first has no threshold.
        return choice is null ? "" : Chosen().Matches(string.Concat(choice.Outputs.Select(output =>
            Lines.Join((output as System.Text.Json.Nodes.JsonObject)?["data"]?["text/plain"])))).LastOrDefault()?.Groups["t"].Value ?? "";
    }

    [GeneratedRegex(@"^validation\s+t = (?<t>0\.\d*[1-9]\d*)", RegexOptions.Multiline)]
    private static partial Regex Chosen();
}
