namespace Nb.Site.Pages;

/// <summary>The walk-through: forward, backward and one step of training in the worked example of the notes, number by number.</summary>
internal static class WalkthroughPage
{
    /// <summary>The page; null where the course has no notes, to which every step leads.</summary>
    public static InteractivePage? Of(string root) => !File.Exists(Path.Join(root, "my_note.md")) ? null
        : new("walkthrough.html", "Walk-through", """
            <link rel="stylesheet" href="assets/interactive.css">
            <section class="text">
            <h1>Walk-through</h1>
            <p>Two inputs, two hidden units, two outputs and one example (<i>m</i> = 1): the
            <a href="my_note.html#a-worked-example-on-paper">worked example of the notes</a>, one number at a time, and then a step of all parameters. The small ₁ and ₂ of z and b name the layer. Go with the
            buttons or with the arrow keys ← and →. Change the numbers below, and everything is computed anew.</p>
            </section>
            <div class="walk">
            <div>
            <div id="step" role="group" aria-label="The current step" aria-live="polite">
            <p class="soft" id="phase"></p>
            <h2 id="title"></h2>
            <p id="words"></p>
            <p class="equation"><span id="rule"></span> <a id="equation"></a></p>
            <div id="arithmetic"></div>
            </div>
            <p class="buttons"><button type="button" id="previous">← Previous</button> <button type="button" id="next">Next →</button>
            <span id="count"></span></p>
            </div>
            <figure><svg id="picture" viewBox="0 0 476 448" role="img" aria-label="The network: two inputs, two hidden units, two outputs. The numbers computed so far stand beside them."></svg>
            <figcaption class="legend-walk"><span class="value">values go forward →</span> <span class="gradient">← derivatives come back</span> <span class="used">bold: used now</span> <span class="now">large: computed now</span></figcaption></figure>
            </div>
            <nav class="phases" aria-label="Parts of the walk-through"><ol id="phases"></ol></nav>
            <form class="givens" id="givens" aria-label="The numbers to start from">
            <fieldset class="matrix"><legend>X</legend>
            <input type="number" id="x0" data-name="X" data-row="0" data-column="0" step="0.1" min="-5" max="5" aria-label="X[0, 0]">
            <input type="number" id="x1" data-name="X" data-row="1" data-column="0" step="0.1" min="-5" max="5" aria-label="X[1, 0]"></fieldset>
            """ + string.Concat(new[] { "W1", "b1", "W2", "b2" }.Select(Fields)) + """
            <p><label>label <select id="label"><option>0</option><option>1</option></select></label>
            <label>η <input type="number" id="eta" step="0.1" min="0" max="5"></label>
            <button type="reset" id="reset">As in the notes</button></p>
            </form>
            <section class="nudge" aria-labelledby="nudge-title">
            <h2 id="nudge-title">Nudge one number</h2>
            <p>Nobody has to believe the derivatives. Move one number by ε to both sides, compute the loss twice, and measure the slope
            between the two points: <a href="my_note.html#eq-5-12">(5.12)</a>. Make ε smaller, and the measured slope lands on the computed one.</p>
            <div class="nudge-parts"><div>
            <p><label>number <select id="nudged"></select></label></p>
            <p><label for="epsilon">ε = <output id="epsilon-now" for="epsilon"></output></label> <input type="range" id="epsilon" min="-5" max="0" step="0.25" value="0"></p>
            <table id="nudge-table"><tbody>
            <tr><th scope="row">loss at θ + ε</th><td id="loss-up"></td></tr>
            <tr><th scope="row">loss at θ − ε</th><td id="loss-down"></td></tr>
            <tr><th scope="row" class="measured">measured slope</th><td id="measured"></td></tr>
            <tr><th scope="row" class="computed">computed slope</th><td id="computed"></td></tr>
            <tr><th scope="row">difference</th><td id="difference"></td></tr>
            </tbody></table>
            <p class="soft" id="nudge-words" role="status"></p>
            </div>
            <figure><svg id="nudge-picture" viewBox="0 0 360 250" role="img" aria-labelledby="nudge-words"></svg>
            <figcaption class="legend-walk"><span class="loss">the loss</span> <span class="measured">measured slope</span> <span class="computed">computed slope</span></figcaption></figure>
            </div></section>
            <section class="text"><p class="soft">Indices are those of the notes, from 0: X[1, 0] is the second number of the first column. Numbers are
            computed in double precision and shown with at most six decimals.</p></section>
            <script defer src="assets/walkthrough.js"></script>
            <script defer src="assets/nudge.js"></script>
            """);

    /// <summary>The numbers of a parameter of the network 2-2-2.</summary>
    private static string Fields(string name)
    {
        var columns = name[0] == 'W' ? 2 : 1;
        return $"<fieldset class=\"matrix{(columns == 2 ? " two" : "")}\"><legend>{name}</legend>\n"
            + string.Concat(from row in new[] { 0, 1 }
                            from column in Enumerable.Range(0, columns)
                            select $"<input type=\"number\" id=\"{name}-{row}-{column}\" data-name=\"{name}\" data-row=\"{row}\" data-column=\"{column}\" step=\"0.1\" min=\"-5\" max=\"5\" aria-label=\"{name}[{row}, {column}]\">\n")
            + "</fieldset>\n";
    }
}
