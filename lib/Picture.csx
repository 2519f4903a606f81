using System.Collections.Generic;
using System.Globalization;
using System.Linq;
// Aliases only: a `using` here is seen by every later cell, and Plotly.NET's names (Title, Line, Color …) are common words.
using GenericChart = Plotly.NET.GenericChart;
using JsonArray = System.Text.Json.Nodes.JsonArray;
using JsonNode = System.Text.Json.Nodes.JsonNode;
using JsonObject = System.Text.Json.Nodes.JsonObject;
using JsonValue = System.Text.Json.Nodes.JsonValue;

#nullable enable

// What a cell with a chart ends with: the figure as small JSON that is the same in every run. The colours of the course,
// and the way from a chart of Plotly.NET to its picture.

/// <summary>
/// A figure that a notebook shows: as Plotly JSON where the client can draw that, else as HTML that draws itself.
/// </summary>
/// <param name="title">What the picture shows, in words: the alternative text.</param>
/// <param name="json">The figure, <c>{"data":[…],"layout":{…},"config":{…}}</c>.</param>
[TypeFormatterSource(typeof(PictureSource), PreferredMimeTypes = ["application/vnd.plotly.v1+json", "text/html"])]
public sealed class Picture(string title, string json) : IHtml
{
    /// <summary>What the picture shows, in words.</summary>
    public string Title { get; } = title;

    /// <summary>The figure as Plotly JSON. The same data give the same text.</summary>
    public string Json { get; } = json;

    /// <summary>The title: all that plain text can show.</summary>
    public override string ToString() => Title;

    /// <summary>
    /// HTML that draws itself: with the page's plotly.js when it has one, else with plotly.js from the network.
    /// Without either it says in words what is missing.
    /// </summary>
    public string ToHtml()
    {
        // Clients insert a script in different ways, and not all of them leave it beside its div. So the script finds
        // the divs that are waiting for this very figure; two of the same figure are drawn alike, each once.
        var key = Key(Json);
        var layout = JsonNode.Parse(Json)?["layout"];
        var height = Size(layout?["height"]) ?? ChartStyle.Height;
        var width = Size(layout?["width"]) is { } fixedWidth ? $"width:{fixedWidth}px;" : "max-width:900px;";
        var script = Loader
            .Replace("@KEY", key)
            .Replace("@PLOTLY", PlotlyPromise)
            // Inside <script>, "</script>" or "<!--" in a text would end or swallow the script.
            .Replace("@FIGURE", Json.Replace("<", "\\u003c").Replace("\u2028", "\\u2028").Replace("\u2029", "\\u2029"));
        return $"<div data-picture=\"{key}\" role=\"img\" aria-label=\"{Escaped(Title)}\" style=\"{width}height:{height}px\"></div>" +
            $"<script type=\"text/javascript\">{script}</script>";
    }

    private const string Loader = """
        (function(){
        var f=@FIGURE,s=document.currentScript,p=s&&s.previousElementSibling,
        all=p&&p.getAttribute('data-picture')==='@KEY'?[p]:document.querySelectorAll('[data-picture="@KEY"]'),
        divs=Array.prototype.filter.call(all,function(d){return !d.hasAttribute('data-drawn')});
        divs.forEach(function(d){d.setAttribute('data-drawn','')});
        @PLOTLY
        plotly(['https://cdn.plot.ly/plotly-2.28.0.min.js']).then(
        function(P){divs.forEach(function(d){d.textContent='';P.newPlot(d,f.data,f.layout,f.config)})},
        function(){divs.forEach(function(d){d.textContent='This chart is drawn by plotly.js, which could not be loaded: '+d.getAttribute('aria-label')})});
        })();
        """;

    /// <summary>
    /// A function of JavaScript that promises plotly.js: what the page has, or else the first of some addresses that
    /// answers. Where require.js is on the page, or arrives meanwhile, plotly.js would register there and nowhere else;
    /// so it is handed the module that it fills. Where a page forbids that, a script tag is tried. One load serves all charts.
    /// </summary>
    public const string PlotlyPromise = """
        function plotly(addresses){
        if(window.Plotly)return Promise.resolve(window.Plotly);
        function run(text){var m={exports:{}};new Function('module','exports','define',text).call(window,m,m.exports);return window.Plotly=m.exports}
        function fetched(a){return fetch(a).then(function(r){if(!r.ok)throw new Error(r.status);return r.text()}).then(run)}
        function tagged(a){return new Promise(function(done,fail){var t=document.createElement('script');t.src=a;t.charset='utf-8';t.onerror=fail;
        t.onload=function(){window.Plotly?done(window.Plotly):fail()};document.head.appendChild(t)})}
        return window.plotlyPromise=window.plotlyPromise||[fetched,tagged].reduce(function(p,way){return addresses.reduce(function(q,a){
        return q.catch(function(){return way(a)})},p)},Promise.reject()).catch(function(e){window.plotlyPromise=null;throw e});
        }
        """;

    private static int? Size(JsonNode? size) => size is JsonValue value && value.TryGetValue<double>(out var pixels) ? (int)Math.Round(pixels) : null;

    private static string Escaped(string text) =>
        text.Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;").Replace("\"", "&quot;");

    // FNV-1a: short, and the same in every run, which string.GetHashCode is not.
    private static string Key(string text)
    {
        var hash = 14695981039346656037UL;
        foreach (var letter in text) hash = (hash ^ letter) * 1099511628211UL;
        return hash.ToString("x16", CultureInfo.InvariantCulture);
    }
}

/// <summary>How notebooks show a <see cref="Picture"/>.</summary>
public sealed class PictureSource
{
    /// <summary>Called by the notebook's client.</summary>
    public IEnumerable<object> CreateTypeFormatters() =>
        [new ConventionFormatter("application/vnd.plotly.v1+json", value => ((Picture)value).Json),
         new ConventionFormatter("text/html", value => ((Picture)value).ToHtml()),
         new ConventionFormatter("text/plain", value => ((Picture)value).Title)];
}

/// <summary>
/// The colours, those of Okabe and Ito, which people with any colour vision tell apart. Paper is transparent and text
/// is of a grey that has nearly the same contrast on white and on dark pages, about 4: charts know only one colour. The
/// site writes them in the colour of the page, and the pictures that are stored in notebooks are dark on white.
/// </summary>
internal static class ChartStyle
{
    public const int Height = 380;
    public const string Text = "#7d7d7d", Grid = "rgba(128,128,128,0.25)", Axis = "rgba(128,128,128,0.6)";
    public const string OnColour = "#1A1A1A";
    public const string Main = "#0072B2", MainPale = "#BFDDEE", Warning = "#D55E00", Quiet = "#9A9A9A";
    public static readonly string[] Palette = [Main, Warning, "#009E73", "#CC79A7", "#E69F00", "#56B4E9"];

    public static Plotly.NET.Color Colour(string name) => Plotly.NET.Color.fromString(name);

    // As many as there are colours: no two curves of a picture are told apart by their colour alone.
    public static Plotly.NET.StyleParam.DrawingStyle Dash(int i) => (i % 6) switch
    {
        0 => Plotly.NET.StyleParam.DrawingStyle.Solid,
        1 => Plotly.NET.StyleParam.DrawingStyle.Dash,
        2 => Plotly.NET.StyleParam.DrawingStyle.Dot,
        3 => Plotly.NET.StyleParam.DrawingStyle.DashDot,
        4 => Plotly.NET.StyleParam.DrawingStyle.NewUser([12, 3]),   // of longer ones a legend shows only one
        _ => Plotly.NET.StyleParam.DrawingStyle.LongDashDot,
    };

    // The paper is a little darker than a white page, so that one sees where an image ends.
    public static readonly Plotly.NET.StyleParam.Colorscale Ink = Scale("#EBEDEF", "#0B0D10");
    public static readonly Plotly.NET.StyleParam.Colorscale Diverging = Scale("#003F75", "#4A9BCB", "#F7F7F7", "#EE8F4A", "#8A3300");
    public static readonly Plotly.NET.StyleParam.Colorscale Mistakes = Scale("#FCEADC", "#F4BE92", "#E8863A");

    public static Plotly.NET.StyleParam.Colorscale Flat(string colour) => Scale(colour, colour);

    private static Plotly.NET.StyleParam.Colorscale Scale(params string[] colours) =>
        Plotly.NET.StyleParam.Colorscale.NewCustom(colours.Select((colour, i) => Tuple.Create(i / (colours.Length - 1.0), Colour(colour))));

    /// <summary>A layout with two axes and their titles.</summary>
    public static JsonObject Axes(string xTitle, string yTitle, int height = Height) => new()
    {
        ["height"] = height,
        ["xaxis"] = new JsonObject { ["title"] = new JsonObject { ["text"] = xTitle, ["standoff"] = 8 } },
        ["yaxis"] = new JsonObject { ["title"] = new JsonObject { ["text"] = yTitle, ["standoff"] = 8 } },
    };

    /// <summary>The same for bars: names stand on the x axis and a number at each bar, so there are no lines, which would run through the numbers.</summary>
    public static JsonObject Bars(string xTitle, string yTitle, int height)
    {
        var layout = Axes(xTitle, yTitle, height);
        foreach (var name in new[] { "xaxis", "yaxis" }) layout[name]!["showgrid"] = false;
        layout["xaxis"]!["zeroline"] = false;
        (layout["yaxis"]!["showline"], layout["yaxis"]!["ticks"]) = (true, "outside");
        return layout;
    }

    /// <summary>What every chart has where it does not say otherwise.</summary>
    public static JsonObject Layout() => new()
    {
        ["height"] = Height,
        ["paper_bgcolor"] = "rgba(0,0,0,0)",
        ["plot_bgcolor"] = "rgba(0,0,0,0)",
        ["font"] = new JsonObject { ["color"] = Text, ["size"] = 13 },
        ["colorway"] = Figure.Array(Palette),
        ["margin"] = new JsonObject { ["l"] = 64, ["r"] = 16, ["t"] = 44, ["b"] = 52 },
        ["xaxis"] = AxisLines(),
        ["yaxis"] = AxisLines(),
        // Below the axis title, where it covers nothing.
        ["legend"] = new JsonObject { ["orientation"] = "h", ["x"] = 0, ["y"] = -0.22, ["yanchor"] = "top" },
    };

    private static JsonObject AxisLines() => new()
    {
        ["gridcolor"] = Grid, ["zerolinecolor"] = Axis, ["linecolor"] = Axis, ["automargin"] = true,
    };

    // "0.0" beside "0.5", not "0": as many decimals as the step from number to number has, where the numbers are not given.
    // What shows under the pointer keeps five digits, where it is no word.
    public static void FormatNumbers(JsonObject axis)
    {
        if (axis["tickvals"] == null) axis["tickformatstops"] = new JsonArray([.. Enumerable.Range(1, 3).Select(Decimals)]);
        if (axis["ticktext"] == null) axis["hoverformat"] = ",.5~r";
    }

    private static JsonObject Decimals(int count) => new()
    {
        ["dtickrange"] = new JsonArray(0.99 * Math.Pow(10, -count), 9 * Math.Pow(10, -count)), ["value"] = $",.{count}f",
    };
}

/// <summary>
/// A line of very many points, drawn as its ends and the lowest and the highest of each stretch between: on a screen that
/// is the same line. A stretch with a gap keeps one.
/// </summary>
internal static class Thinned
{
    /// <summary>Lines with no more points than this stay whole.</summary>
    public const int Most = 10_000;

    /// <summary>Which points are drawn.</summary>
    public static int[] Of(IReadOnlyList<double> y)
    {
        const int stretches = Most / 4;
        var kept = new SortedSet<int> { 0, y.Count - 1 };
        for (var stretch = 0; stretch < stretches; stretch++)
        {
            int from = (int)((long)y.Count * stretch / stretches), to = (int)((long)y.Count * (stretch + 1) / stretches);
            int low = -1, high = -1, gap = -1;
            for (var i = from; i < to; i++)
            {
                if (!double.IsFinite(y[i])) gap = gap < 0 ? i : gap;
                else
                {
                    if (low < 0 || y[i] < y[low]) low = i;
                    if (high < 0 || y[i] > y[high]) high = i;
                }
            }
            foreach (var i in (int[])[low, high, gap])
                if (i >= 0) kept.Add(i);
        }
        return [.. kept];
    }
}

/// <summary>From a chart of Plotly.NET to a picture with small JSON.</summary>
internal static class Figure
{
    public static Picture Of(GenericChart chart, string title, JsonObject layout, Action<List<JsonObject>>? finish = null, bool drawTitle = true)
    {
        var figure = JsonNode.Parse(GenericChart.toFigureJson(chart))!.AsObject();
        var data = figure["data"]!.AsArray();
        finish?.Invoke([.. data.Select(trace => trace!.AsObject())]);
        foreach (var trace in data) Clear(trace!.AsObject());

        // Plotly.NET's own template is 8 KB of settings that the layout below replaces.
        var own = figure["layout"]!.AsObject();
        own.Remove("template");
        var whole = ChartStyle.Layout();
        if (drawTitle) whole["title"] = new JsonObject
        {
            ["text"] = title, ["x"] = 0.01, ["xanchor"] = "left", ["y"] = 1, ["yref"] = "container", ["yanchor"] = "top",
            ["pad"] = new JsonObject { ["t"] = 12 }, ["font"] = new JsonObject { ["size"] = 15 },
        };
        Merge(whole, layout);
        Merge(whole, own);
        foreach (var name in new[] { "xaxis", "yaxis" })
        {
            var axis = whole[name]!.AsObject();
            ChartStyle.FormatNumbers(axis);
            if ((bool?)axis["showgrid"] == false) axis.Remove("gridcolor");
        }
        whole = (JsonObject)Short(whole)!;
        whole["template"] = new JsonObject();
        var json = new JsonObject
        {
            ["data"] = Short(data),
            ["layout"] = whole,
            // The bar of buttons would lie over small pictures. Zoom is by dragging, and a double click goes back.
            ["config"] = new JsonObject { ["responsive"] = true, ["displayModeBar"] = false },
        };
        return new Picture(title, json.ToJsonString(readable));
    }

    // Where Plotly by itself draws less clearly than it can.
    private static void Clear(JsonObject trace)
    {
        const int few = 25, many = 2_000;
        var points = trace["x"] is JsonArray x ? x.Count : 0;
        // It leaves out points that lie nearly on a line, so that smooth curves get corners. Of thousands nobody sees that.
        if (trace["line"] is JsonObject line && points <= many) line["simplify"] = false;
        // A few points that no line joins are lost among lines.
        if ((string?)trace["mode"] == "markers" && points <= few)
        {
            if (trace["marker"] is not JsonObject) trace["marker"] = new JsonObject();
            trace["marker"]!["size"] = 9;
        }
        // An empty line below the title of a colour bar: the uppermost number would touch it.
        if (trace["colorbar"]?["title"] is JsonObject title) title["text"] = $"{title["text"]}<br>&nbsp;";
        if ((string?)trace["type"] == "bar" && trace["text"] is JsonArray texts) trace["text"] = Array(SameDecimals([.. texts.Select(text => $"{text}")]));
    }

    // The numbers at the bars of one chart, with as many decimals each: those of the longest, but no more than make four
    // digits of the largest. Names, and numbers too different for that, stay as they are.
    private static string[] SameDecimals(string[] texts)
    {
        double?[] numbers = [.. texts.Select(text => double.TryParse(text.Replace('−', '-'), NumberStyles.Float | NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out var number) ? number : (double?)null)];
        if (numbers.All(number => number is null or 0)) return texts;
        var largest = numbers.Max(number => Math.Abs(number ?? 0));
        var decimals = Math.Min(3 - (int)Math.Floor(Math.Log10(largest)), texts.Max(text => text.Contains('.') ? text.Length - text.IndexOf('.') - 1 : 0));
        if (decimals < 1 || numbers.Any(number => number is { } n && n != 0 && Math.Abs(n) < Math.Pow(10, -decimals))) return texts;
        return [.. texts.Zip(numbers, (text, number) => number is { } n ? n.ToString($"N{decimals}", CultureInfo.InvariantCulture).Replace('-', '−') : text)];
    }

    // "Σ" and "<b>" stay as they are: Picture.ToHtml escapes what a page would misread.
    private static readonly System.Text.Json.JsonSerializerOptions readable =
        new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>An array of numbers or texts.</summary>
    public static JsonArray Array<T>(IEnumerable<T> values) => new([.. values.Select(value => (JsonNode?)JsonValue.Create(value))]);

    // What the second says counts, object by object; arrays are taken whole.
    private static void Merge(JsonObject into, JsonObject from)
    {
        foreach (var (name, value) in from.ToArray())
        {
            if (value is JsonObject inner && into[name] is JsonObject outer) Merge(outer, inner);
            else if (value != null) into[name] = value.DeepClone();
        }
    }

    // The same figure with numbers of five digits and without empty objects. A screen shows no more than some digits; a
    // whole number stays what it is, without ".0". NaN has no place in JSON.
    private static JsonNode? Short(JsonNode? node, bool isCoordinate = false) => node switch
    {
        JsonObject all => new JsonObject(all.Select(pair => KeyValuePair.Create(pair.Key, Short(pair.Value, IsCoordinate(pair))))
            .Where(pair => pair.Value is not JsonObject { Count: 0 })),
        JsonArray all => new JsonArray([.. all.Select(value => Short(value, isCoordinate))]),
        JsonValue value => value.GetValueKind() switch
        {
            System.Text.Json.JsonValueKind.Number when value.TryGetValue<double>(out var number) && !value.TryGetValue<long>(out _) => Short(number),
            // Plotly.NET writes NaN as a text; a name or a label may be that text in earnest.
            System.Text.Json.JsonValueKind.String when isCoordinate && (string?)value is "NaN" or "Infinity" or "-Infinity" => null,
            _ => value.DeepClone(),
        },
        _ => null,
    };

    private static JsonValue? Short(double number) =>
        !double.IsFinite(number) ? null
        : number == Math.Floor(number) && Math.Abs(number) < 1e15 ? JsonValue.Create((long)number)
        : JsonValue.Create(double.Parse(number.ToString("G5", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture));

    private static bool IsCoordinate(KeyValuePair<string, JsonNode?> property) => property is { Key: "x" or "y" or "z", Value: JsonArray };
}
