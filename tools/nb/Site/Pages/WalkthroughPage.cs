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
            <a href="my_note.html#a-worked-example-on-paper">worked example of the notes</a>, one number at a time. Go with the
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
            <figure><svg id="picture" viewBox="0 0 440 420" role="img" aria-label="The network: two inputs, two hidden units, two outputs. The numbers computed so far stand beside them."></svg>
            <figcaption class="legend-walk"><span class="now">computed now</span> <span class="used">used for it</span> <span class="gradient">derivatives</span></figcaption></figure>
            </div>
            <nav class="phases" aria-label="Parts of the walk-through"><ol id="phases"></ol></nav>
            <form class="givens" id="givens" aria-label="The numbers to start from">
            <label>X[0, 0] <input type="number" id="x0" step="0.1" min="-5" max="5"></label>
            <label>X[1, 0] <input type="number" id="x1" step="0.1" min="-5" max="5"></label>
            <label>label <select id="label"><option>0</option><option>1</option></select></label>
            <label>η <input type="number" id="eta" step="0.1" min="0" max="5"></label>
            <button type="reset" id="reset">As in the notes</button>
            </form>
            <section class="text"><p class="soft">Indices are those of the notes, from 0: X[1, 0] is the second number of the first column. Numbers are
            computed with 53 bits and shown with at most six decimals.</p></section>
            <script defer src="assets/walkthrough.js"></script>
            """);
}
