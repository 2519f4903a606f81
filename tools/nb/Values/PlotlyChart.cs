using System.Reflection;

namespace Nb.Values;

/// <summary>Charts of Plotly.NET. They are found by name: a reference would load this program's copy of the library
/// beside the one that the notebook asked for.</summary>
public static class PlotlyChart
{
    /// <summary>The figure {"data", "layout", "config"} of a Plotly.NET chart; null for any other value.</summary>
    public static string? ToFigureJson(object value)
    {
        for (var type = value.GetType(); type is not null; type = type.BaseType)
        {
            if (type.FullName == "Plotly.NET.GenericChart")
                return (string?)Converter(type).Invoke(null, BindingFlags.DoNotWrapExceptions, null, [value], null);
        }
        return null;
    }

    /// <summary>A complete piece of HTML for clients that know no Plotly JSON: it takes plotly.js from the page, from
    /// an AMD loader or from the library's public address, in this order.</summary>
    public static string ToHtml(string figure)
    {
        var script = $$"""
            (function () {
              var place = document.currentScript.previousElementSibling;
              var figure = {{figure.Replace("</", "<\\/", StringComparison.Ordinal)}};
              var address = "https://cdn.plot.ly/plotly-2.28.0.min";
              var draw = function (plotly) { plotly.newPlot(place, figure.data, figure.layout, figure.config); };
              if (window.Plotly) { draw(window.Plotly); return; }
              if (typeof require === "function" && require.config) {
                require.config({ paths: { plotly: address } });
                require(["plotly"], draw);
                return;
              }
              var script = document.createElement("script");
              script.src = address + ".js";
              script.onload = function () { draw(window.Plotly); };
              document.head.appendChild(script);
            })();
            """;
        return $"<div></div><script>{script}</script>";
    }

    private static MethodInfo Converter(Type chart) =>
        chart.GetMethod("toFigureJson", BindingFlags.Public | BindingFlags.Static)
        ?? chart.Assembly.GetType("Plotly.NET.GenericChartModule")?.GetMethod("toFigureJson")
        ?? throw new UserError("This version of Plotly.NET has no GenericChart.toFigureJson: ask for Plotly.NET 6.0.0 "
            + "in the first code cell.");
}
