using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Nb.Values;

/// <summary>A chart in words, from its figure: what a reader is told who does not see it.</summary>
public static partial class ChartWords
{
    // As long as one listens to at once.
    private const int Longest = 400, MostCurves = 6, MostBars = 12, MostPoints = 8;

    /// <summary>The title, then what is drawn, with its numbers; the title alone for a kind of chart that is not known.</summary>
    /// <param name="figure">data and layout, as plotly.js takes them.</param>
    /// <param name="title">What it shows; null takes the title of the figure.</param>
    public static string Of(JsonNode? figure, string? title)
    {
        var whole = figure as JsonObject ?? [];
        var layout = whole["layout"] as JsonObject ?? [];
        title ??= Plain(TitleOf(layout));
        JsonObject[] traces = [.. (whole["data"] as JsonArray ?? []).OfType<JsonObject>()];
        var room = Longest - title.Length;
        var words = traces.Select(trace => Text(trace["type"]) is { Length: > 0 } type ? type : "scatter").Distinct().ToArray() switch
        {
            ["scatter"] => Lines(traces, layout, room),
            ["bar"] when traces.Length == 1 => Bars(traces[0], layout, room),
            ["heatmap"] => IsHidden(layout, "xaxis") ? Images(traces[0], layout, room) : Table(traces, layout),
            _ => "",
        };
        return (title, words) switch { ("", "") => "chart", ("", _) => $"{words}.", (_, "") => title, _ => $"{title}{(title[^1] is '.' or '?' or '!' ? "" : ".")} {words}." };
    }

    // ── lines ──

    private static string Lines(JsonObject[] traces, JsonObject layout, int room)
    {
        var curves = traces.Select(Curve.Of).OfType<Curve>().ToArray();
        if (curves.Length == 0)
            return "";
        var shared = curves.All(curve => !curve.IsPoints && curve.Span == curves[0].Span);
        var kind = (curves.Any(curve => curve.IsPoints), curves.Count(curve => !curve.IsPoints)) switch
        {
            (false, 1) => "A line", (false, _) => "Lines", (true, 0) => "Points", (true, 1) => "Points and a line", _ => "Points and lines",
        };
        var head = $"{kind} over {Axis(layout, "xaxis", "x")}{(shared ? $", {curves[0].Span}" : "")}; {Axis(layout, "yaxis", "y")}: ";
        string[] Said(bool extremes) => [.. curves.Take(MostCurves).Select(curve => curve.Words(!shared, extremes))];
        var (full, brief) = (Said(true), Said(false));
        return head + Joined(head.Length + full.Sum(part => part.Length + 2) <= room ? full : brief, curves.Length, "; ", room - head.Length);
    }

    /// <summary>The points of a line, in the order in which it is drawn.</summary>
    private sealed record Curve(string Name, (double X, double Y)[] Points, bool IsPoints)
    {
        public static Curve? Of(JsonObject trace)
        {
            var ys = trace["y"] as JsonArray ?? [];
            var xs = trace["x"] as JsonArray;
            var points = ys.Select((y, i) => (X: xs is null ? i : i < xs.Count ? Number(xs[i]) : null, Y: Number(y)))
                .Where(point => point is { X: not null, Y: not null }).Select(point => (point.X!.Value, point.Y!.Value)).ToArray();
            return points.Length == 0 ? null : new(Plain(Text(trace["name"])), points, Text(trace["mode"]) == "markers");
        }

        public string Span => Points[0].X == Points[^1].X ? $"only {Short(Points[0].X)}" : $"{Short(Points[0].X)} to {Short(Points[^1].X)}";

        public string Words(bool span, bool extremes)
        {
            var (lowest, highest) = (Points.MinBy(point => point.Y), Points.MaxBy(point => point.Y));
            var (first, last) = (Points[0], Points[^1]);
            if (IsPoints && Points.Length <= MostPoints)   // in no order that says anything
                return $"{Name} at {string.Join(", ", Points.Select(point => $"({Short(point.X)}, {Short(point.Y)})"))}".Trim();
            var said = $"{Name} from {Short(first.Y)} to {Short(last.Y)}{(span ? $" over {Span}" : "")}".Trim();
            // An end is the lowest or the highest often enough: that needs no words.
            bool IsNew((double X, double Y) point) => extremes && Short(point.Y) != Short(first.Y) && Short(point.Y) != Short(last.Y);
            return said + (IsNew(lowest) ? $", lowest {Short(lowest.Y)} at {Short(lowest.X)}" : "") + (IsNew(highest) ? $", highest {Short(highest.Y)} at {Short(highest.X)}" : "");
        }
    }

    // ── bars ──

    private static string Bars(JsonObject trace, JsonObject layout, int room)
    {
        var isFlat = Text(trace["orientation"]) == "h";
        var (along, up) = isFlat ? ("y", "x") : ("x", "y");
        var names = (trace[along] as JsonArray ?? []).Select(name => NameOf(name, layout[along + "axis"] as JsonObject));
        var bars = names.Zip((trace[up] as JsonArray ?? []).Select(Number), (name, value) => (Name: name, Value: value)).Where(bar => bar.Value is not null).ToArray();
        if (bars.Length == 0)
            return "";
        string Said((string Name, double? Value) bar) => $"{bar.Name}: {Short(bar.Value!.Value)}";
        var over = Axis(layout, along + "axis", "");
        var head = $"Bars{(over.Length > 0 ? $" over {over}" : "")}; {Axis(layout, up + "axis", "value")}: ";
        if (bars.Length <= MostBars && Joined(bars.Select(Said), bars.Length, "; ", int.MaxValue) is var all && all.Length + head.Length <= room)
            return head + all;
        var (lowest, highest) = (bars.MinBy(bar => bar.Value), bars.MaxBy(bar => bar.Value));
        return $"{head}{bars.Length} bars from {bars[0].Name} to {bars[^1].Name}, lowest {Short(lowest.Value!.Value)} at {lowest.Name}, highest {Short(highest.Value!.Value)} at {highest.Name}";
    }

    /// <summary>What stands under a bar.</summary>
    private static string NameOf(JsonNode? name, JsonObject? axis)
    {
        if (axis?["tickvals"] is JsonArray values && axis["ticktext"] is JsonArray texts
            && values.Select((value, i) => (value, i)).FirstOrDefault(at => JsonNode.DeepEquals(at.value, name) && at.i < texts.Count) is { value: not null, i: var i })
            return Plain(Text(texts[i]));
        return name is JsonValue value && value.GetValueKind() == JsonValueKind.String ? Plain(Text(name)) : Number(name) is { } number ? Short(number) : "";
    }

    // ── pictures and tables ──

    /// <summary>Pictures in rows: between them is nothing.</summary>
    private static string Images(JsonObject trace, JsonObject layout, int room)
    {
        var rows = Rows(trace);
        var isInk = rows.Select(row => row.Any(value => value is not null)).ToArray();
        var width = rows.Select(row => row.Length).DefaultIfEmpty().Max();
        var isColumn = Enumerable.Range(0, width).Select(c => rows.Any(row => c < row.Length && row[c] is not null)).ToArray();
        var (down, across) = (Stretches(isInk), Stretches(isColumn));
        var count = down.Sum(y => across.Count(x => Enumerable.Range(y.From, y.Count).Any(r => rows[r].Skip(x.From).Take(x.Count).Any(value => value is not null))));
        if (count == 0)
            return "";
        var size = $"{across[0].Count}×{down[0].Count} pixels";
        var bar = trace["colorbar"] is JsonObject colours ? Plain(TitleOf(colours)) : "";
        var head = (count == 1 ? $"A picture of {size}" : $"{count} pictures of {size} each") + (bar.Length > 0 ? $" as shades: {bar}{Range(rows)}" : "");
        JsonObject[] notes = [.. (layout["annotations"] as JsonArray ?? []).OfType<JsonObject>()];
        // A note belongs to all of them; captions stand at places of the picture.
        var general = string.Join(", ", notes.Where(IsGeneral).Select(note => Plain(Text(note["text"]))));
        string[] captions = [.. notes.Where(note => !IsGeneral(note)).Select(note => Plain(Text(note["text"])))];
        if (general.Length > 0)
            head += $" ({general})";
        return captions.Length == 0 ? head : $"{head}: {Joined(captions, captions.Length, ", ", room - head.Length - 2)}";

        static bool IsGeneral(JsonObject note) => Text(note["xref"]) == "paper";
    }

    private static string Range(double?[][] rows)
    {
        double[] values = [.. rows.SelectMany(row => row).OfType<double>()];
        return $" from {Short(values.Min())} to {Short(values.Max())}";
    }

    private static List<(int From, int Count)> Stretches(bool[] isThere)
    {
        var found = new List<(int From, int Count)>();
        for (var i = 0; i < isThere.Length; i++)
        {
            if (!isThere[i])
                continue;
            if (i > 0 && isThere[i - 1])
                found[^1] = (found[^1].From, found[^1].Count + 1);
            else
                found.Add((i, 1));
        }
        return found;
    }

    /// <summary>A table of numbers in colours. Where row and column have the same names, what lies beside the diagonal is told too.</summary>
    private static string Table(JsonObject[] traces, JsonObject layout)
    {
        var values = new List<(string Row, string Column, double Value)>();
        foreach (var trace in traces)
        {
            var (ys, xs) = (trace["y"] as JsonArray, trace["x"] as JsonArray);
            values.AddRange(Rows(trace).SelectMany((row, r) => row.Select((value, c) => (Row: Name(ys, r), Column: Name(xs, c), Value: value)))
                .Where(at => at.Value is not null).Select(at => (at.Row, at.Column, at.Value!.Value)));
        }
        if (values.Count == 0)
            return "";
        var (down, across) = (Axis(layout, "yaxis", "row"), Axis(layout, "xaxis", "column"));
        string Said((string Row, string Column, double Value) at) => $"{Short(at.Value)} ({down} {at.Row}, {across} {at.Column})";
        var (rows, columns) = (values.Select(at => at.Row).Distinct().ToArray(), values.Select(at => at.Column).Distinct().ToArray());
        var head = $"A table of {rows.Length} rows ({down}) and {columns.Length} columns ({across}); ";
        var beside = values.Where(at => at.Row != at.Column).OrderByDescending(at => at.Value).Take(3).ToArray();
        return !rows.ToHashSet().SetEquals(columns) || beside.Length == 0 || values.All(at => at.Row != at.Column)
            ? $"{head}highest {Said(values.MaxBy(at => at.Value))}, lowest {Said(values.MinBy(at => at.Value))}"
            : $"{head}on the diagonal from {Short(values.Where(at => at.Row == at.Column).Min(at => at.Value))} to {Short(values.Where(at => at.Row == at.Column).Max(at => at.Value))}; "
                + $"beside it the highest {string.Join(", ", beside.Select(Said))}";

        static string Name(JsonArray? names, int at) => names is not null && at < names.Count ? NameOf(names[at], null) : at.ToString(CultureInfo.InvariantCulture);
    }

    private static double?[][] Rows(JsonObject trace) =>
        [.. (trace["z"] as JsonArray ?? []).Select(row => (row as JsonArray ?? []).Select(Number).ToArray())];

    // ── words and numbers ──

    /// <summary>As many of the parts as have room, and how many are left.</summary>
    private static string Joined(IEnumerable<string> parts, int count, string between, int room)
    {
        var (text, said) = ("", 0);
        foreach (var part in parts)
        {
            if (said > 0 && text.Length + between.Length + part.Length + 14 > room)
                break;
            text += (said++ > 0 ? between : "") + part;
        }
        return said < count ? $"{text}{between}and {count - said} more" : text;
    }

    private static bool IsHidden(JsonObject layout, string axis) =>
        layout[axis] is JsonObject found && found["visible"] is JsonValue value && value.TryGetValue(out bool visible) && !visible;

    private static string Axis(JsonObject layout, string axis, string otherwise) =>
        layout[axis] is JsonObject found && Plain(TitleOf(found)) is { Length: > 0 } title ? title : otherwise;

    private static string TitleOf(JsonObject of) => of["title"] is JsonObject title ? Text(title["text"]) : Text(of["title"]);

    private static string Text(JsonNode? node) => Notebooks.Lines.TextOf(node) ?? "";

    private static double? Number(JsonNode? node) =>
        node is JsonValue value && value.GetValueKind() == JsonValueKind.Number
            && double.TryParse(value.ToJsonString(), CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;

    /// <summary>Plotly's texts have a little HTML in them.</summary>
    private static string Plain(string text) => Spaces().Replace(WebUtility.HtmlDecode(Tag().Replace(text, " ")), " ").Trim();

    /// <summary>Whole numbers as they are, others with three significant digits.</summary>
    private static string Short(double value)
    {
        var size = Math.Abs(value);
        var text = value == Math.Floor(value) && size < 100_000 ? value.ToString("#,0", CultureInfo.InvariantCulture)
            // As one says it: "4.54E-05" would be spelt out.
            : size is < 0.0001 or >= 10_000_000 ? value.ToString("0.##E+0", CultureInfo.InvariantCulture).Replace("E+", "E", StringComparison.Ordinal).Replace("E", " times 10 to the ", StringComparison.Ordinal)
            : size >= 100 ? (Math.Round(value / Math.Pow(10, Math.Floor(Math.Log10(size)) - 2)) * Math.Pow(10, Math.Floor(Math.Log10(size)) - 2)).ToString("#,0", CultureInfo.InvariantCulture)
            : value.ToString("0." + new string('#', 2 - (int)Math.Floor(Math.Log10(size))), CultureInfo.InvariantCulture);
        return text.Replace('-', '−');
    }

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Tag();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
