using System.Collections;
using System.Globalization;
using System.Net;
using System.Reflection;
using System.Text;

namespace Nb.Values;

/// <summary>A DataFrame of Microsoft.Data.Analysis as a table. It is found by name: a reference would load this program's
/// copy of the library beside the one that the notebook asked for.</summary>
internal static class DataFrameTable
{
    private const int MostRows = 25;

    /// <summary>The table as HTML, with the first rows; null for any other value.</summary>
    public static string? ToHtml(object value)
    {
        if (value.GetType().FullName != "Microsoft.Data.Analysis.DataFrame" || Get(value, "Columns") is not IEnumerable all)
            return null;
        var columns = all.Cast<object>().ToList();
        var rows = columns.Count == 0 ? 0 : Convert.ToInt64(Get(columns[0], "Length"), CultureInfo.InvariantCulture);
        // A column of numbers has an indexer of its own, which comes first and hides the one of all columns.
        var cells = columns.Select(column => column.GetType().GetProperties()
            .First(p => p.GetIndexParameters() is [{ ParameterType: var index }] && index == typeof(long))).ToList();
        var html = new StringBuilder("<table><thead><tr><th></th>");
        foreach (var column in columns)
            html.Append(CultureInfo.InvariantCulture, $"<th>{Text(Get(column, "Name"))}</th>");
        html.Append("</tr></thead><tbody>");
        for (var row = 0L; row < Math.Min(rows, MostRows); row++)
        {
            html.Append(CultureInfo.InvariantCulture, $"<tr><th>{row}</th>");
            for (var i = 0; i < columns.Count; i++)
                html.Append(CultureInfo.InvariantCulture, $"<td>{Text(cells[i].GetValue(columns[i], [row]))}</td>");
            html.Append("</tr>");
        }
        html.Append("</tbody></table>");
        if (rows > MostRows)
            html.Append(CultureInfo.InvariantCulture, $"<p>{MostRows} of {rows:N0} rows</p>");
        return html.ToString();
    }

    private static object? Get(object of, string property) =>
        of.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).FirstOrDefault(p => p.Name == property)?.GetValue(of);

    private static string Text(object? value) =>
        value is null ? "<i>null</i>" : WebUtility.HtmlEncode(Convert.ToString(value, CultureInfo.InvariantCulture) ?? "");
}
