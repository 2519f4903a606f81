using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
// Aliases only: a `using` here is seen by every later cell, and Plotly.NET's names (Title, Line, Color …) are common words.
using GenericChart = Plotly.NET.GenericChart;
using JArray = Newtonsoft.Json.Linq.JArray;
using JObject = Newtonsoft.Json.Linq.JObject;
using JToken = Newtonsoft.Json.Linq.JToken;
using JValue = Newtonsoft.Json.Linq.JValue;

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
        var layout = JObject.Parse(Json)["layout"] as JObject;
        var height = (int?)layout?["height"] ?? ChartStyle.Height;
        var width = (int?)layout?["width"] is { } fixedWidth ? $"width:{fixedWidth}px;" : "max-width:900px;";
        var script = Loader
            .Replace("@KEY", key)
            // Inside <script>, "</script>" or "<!--" in a text would end or swallow the script.
            .Replace("@FIGURE", Json.Replace("<", "\\u003c").Replace("\u2028", "\\u2028").Replace("\u2029", "\\u2029"));
        return $"<div data-picture=\"{key}\" role=\"img\" aria-label=\"{Escaped(Title)}\" style=\"{width}height:{height}px\"></div>" +
            $"<script type=\"text/javascript\">{script}</script>";
    }

    private const string Loader = """
        (function(){
        var f=@FIGURE,s=document.currentScript,p=s&&s.previousElementSibling,
        all=p&&p.getAttribute('data-picture')==='@KEY'?[p]:document.querySelectorAll('[data-picture="@KEY"]'),
        divs=Array.prototype.filter.call(all,function(d){return !d.hasAttribute('data-drawn')}),
        cdn='https://cdn.plot.ly/plotly-2.28.0.min';
        divs.forEach(function(d){d.setAttribute('data-drawn','')});
        function draw(P){divs.forEach(function(d){d.textContent='';P.newPlot(d,f.data,f.layout,f.config)})}
        function fail(){divs.forEach(function(d){d.textContent='This chart is drawn by plotly.js, which could not be loaded: '+d.getAttribute('aria-label')})}
        if(window.Plotly)draw(window.Plotly);
        else if(typeof require==='function'&&require.config){require.config({paths:{plotly:cdn}});require(['plotly'],draw,fail)}
        else{var t=document.createElement('script');t.src=cdn+'.js';t.charset='utf-8';t.onload=function(){window.Plotly?draw(window.Plotly):fail()};t.onerror=fail;document.head.appendChild(t)}
        })();
        """;

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
/// is of a grey that has the same contrast on white and on dark pages.
/// </summary>
internal static class ChartStyle
{
    public const int Height = 380;
    public const string Text = "#7d7d7d", Grid = "rgba(128,128,128,0.25)", Axis = "rgba(128,128,128,0.6)";
    public const string OnColour = "#1A1A1A";
    public const string Main = "#0072B2", MainPale = "#BFDDEE", Warning = "#D55E00", Quiet = "#9A9A9A";
    public static readonly string[] Palette = [Main, Warning, "#009E73", "#CC79A7", "#E69F00", "#56B4E9"];

    public static Plotly.NET.Color Colour(string name) => Plotly.NET.Color.fromString(name);

    public static Plotly.NET.StyleParam.DrawingStyle Dash(int i) => (i % 4) switch
    {
        0 => Plotly.NET.StyleParam.DrawingStyle.Solid,
        1 => Plotly.NET.StyleParam.DrawingStyle.Dash,
        2 => Plotly.NET.StyleParam.DrawingStyle.Dot,
        _ => Plotly.NET.StyleParam.DrawingStyle.DashDot,
    };

    // The paper is a little darker than a white page, so that one sees where an image ends.
    public static readonly Plotly.NET.StyleParam.Colorscale Ink = Scale("#EBEDEF", "#0B0D10");
    public static readonly Plotly.NET.StyleParam.Colorscale Diverging = Scale("#003F75", "#4A9BCB", "#F7F7F7", "#EE8F4A", "#8A3300");
    public static readonly Plotly.NET.StyleParam.Colorscale Mistakes = Scale("#FCEADC", "#F4BE92", "#E8863A");

    public static Plotly.NET.StyleParam.Colorscale Flat(string colour) => Scale(colour, colour);

    private static Plotly.NET.StyleParam.Colorscale Scale(params string[] colours) =>
        Plotly.NET.StyleParam.Colorscale.NewCustom(colours.Select((colour, i) => Tuple.Create(i / (colours.Length - 1.0), Colour(colour))));

    /// <summary>A layout with two axes and their titles.</summary>
    public static JObject Axes(string xTitle, string yTitle, int height = Height) => new()
    {
        ["height"] = height,
        ["xaxis"] = new JObject { ["title"] = new JObject { ["text"] = xTitle, ["standoff"] = 8 } },
        ["yaxis"] = new JObject { ["title"] = new JObject { ["text"] = yTitle, ["standoff"] = 8 } },
    };

    /// <summary>The same for bars: what stands on the x axis are names, so it has no lines.</summary>
    public static JObject Bars(string xTitle, string yTitle, int height)
    {
        var layout = Axes(xTitle, yTitle, height);
        layout["xaxis"]!["showgrid"] = false;
        layout["xaxis"]!["zeroline"] = false;
        return layout;
    }

    /// <summary>What every chart has where it does not say otherwise.</summary>
    public static JObject Layout() => new()
    {
        ["height"] = Height,
        ["paper_bgcolor"] = "rgba(0,0,0,0)",
        ["plot_bgcolor"] = "rgba(0,0,0,0)",
        ["font"] = new JObject { ["color"] = Text, ["size"] = 13 },
        ["colorway"] = new JArray(Palette),
        ["margin"] = new JObject { ["l"] = 64, ["r"] = 16, ["t"] = 44, ["b"] = 52 },
        ["xaxis"] = AxisLines(),
        ["yaxis"] = AxisLines(),
        // Below the axis title, where it covers nothing.
        ["legend"] = new JObject { ["orientation"] = "h", ["x"] = 0, ["y"] = -0.22, ["yanchor"] = "top" },
    };

    private static JObject AxisLines() => new()
    {
        ["gridcolor"] = Grid, ["zerolinecolor"] = Axis, ["linecolor"] = Axis, ["automargin"] = true,
    };
}

/// <summary>From a chart of Plotly.NET to a picture with small JSON.</summary>
internal static class Figure
{
    public static Picture Of(GenericChart chart, string title, JObject layout, Action<List<JObject>>? finish = null, bool drawTitle = true)
    {
        var figure = JObject.Parse(GenericChart.toFigureJson(chart));
        var data = (JArray)figure["data"]!;
        finish?.Invoke([.. data.Cast<JObject>()]);
        foreach (var trace in data) Round(trace, 5);
        DropEmpty(data);

        // Plotly.NET's own template is 8 KB of settings that the layout below replaces.
        var own = (JObject)figure["layout"]!;
        own.Remove("template");
        var whole = ChartStyle.Layout();
        if (drawTitle) whole["title"] = new JObject
        {
            ["text"] = title, ["x"] = 0.01, ["xanchor"] = "left", ["y"] = 1, ["yref"] = "container", ["yanchor"] = "top",
            ["pad"] = new JObject { ["t"] = 12 }, ["font"] = new JObject { ["size"] = 15 },
        };
        whole.Merge(layout, replaceArrays);
        whole.Merge(own, replaceArrays);
        Round(whole, 5);
        DropEmpty(whole);
        whole["template"] = new JObject();
        var json = new JObject
        {
            ["data"] = data,
            ["layout"] = whole,
            // The bar of buttons would lie over small pictures. Zoom is by dragging, and a double click goes back.
            ["config"] = new JObject { ["responsive"] = true, ["displayModeBar"] = false },
        };
        return new Picture(title, json.ToString(Newtonsoft.Json.Formatting.None));
    }

    private static readonly Newtonsoft.Json.Linq.JsonMergeSettings replaceArrays =
        new() { MergeArrayHandling = Newtonsoft.Json.Linq.MergeArrayHandling.Replace };

    // A screen shows no more than some digits; a whole number stays what it is, without ".0". NaN has no place in JSON.
    private static void Round(JToken token, int digits)
    {
        if (token is JValue { Value: double number } value)
            value.Replace(!double.IsFinite(number) ? JValue.CreateNull()
                : number == Math.Floor(number) && Math.Abs(number) < 1e15 ? new JValue((long)number)
                : new JValue(double.Parse(number.ToString("G" + digits, CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)));
        else if (token is JValue { Value: "NaN" or "Infinity" or "-Infinity" } && IsCoordinate(token.Path))
            token.Replace(JValue.CreateNull());
        else foreach (var child in token.Children().ToArray()) Round(child, digits);
    }

    // Plotly.NET writes NaN as a text; a name or a label may be that text in earnest.
    private static bool IsCoordinate(string path) => path.Contains("].x[") || path.Contains("].y[") || path.Contains("].z[");

    private static void DropEmpty(JToken token)
    {
        foreach (var child in token.Children().ToArray()) DropEmpty(child);
        if (token is Newtonsoft.Json.Linq.JProperty { Value: JObject { Count: 0 } } property) property.Remove();
    }
}
