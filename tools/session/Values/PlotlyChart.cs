using System.Reflection;
using System.Security.Cryptography;
using System.Text;

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
    /// <paramref name="served"/>, or from the library's public address, in this order.</summary>
    /// <param name="figure">As <see cref="ToFigureJson"/> makes it.</param>
    /// <param name="served">Where a Jupyter server offers plotly.js, relative to its root; empty when it does not.</param>
    public static string ToHtml(string figure, string served = "")
    {
        // Some clients move the script away from its place, so it looks for its div by name.
        var id = "chart-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(figure)))[..12];
        var script = $$"""
            (function () {
              var figure = {{figure.Replace("<", "\\u003c", StringComparison.Ordinal)}};
              var places = Array.prototype.filter.call(document.querySelectorAll("[data-chart='{{id}}']"), function (place) {
                return !place.hasAttribute("data-drawn");
              });
              places.forEach(function (place) { place.setAttribute("data-drawn", ""); });
              var addresses = ["https://cdn.plot.ly/plotly-2.28.0.min.js"];
              if ("{{served}}") {
                var lab = document.getElementById("jupyter-config-data");
                var root = document.body.getAttribute("data-base-url") || (lab ? JSON.parse(lab.textContent).baseUrl : "/");
                addresses.unshift(root + "{{served}}");
              }
              {{PlotlyPromise}}
              plotly(addresses).then(function (plotly) {
                places.forEach(function (place) {
                  place.setAttribute("role", "img");
                  place.setAttribute("aria-label", ((figure.layout || {}).title || {}).text || "chart");
                  place.textContent = "";
                  plotly.newPlot(place, figure.data, figure.layout, figure.config);
                });
              }, function () {
                places.forEach(function (place) { place.textContent = "This chart is drawn by plotly.js, which could not be loaded."; });
              });
            })();
            """;
        return $"<div data-chart=\"{id}\" style=\"min-height: 360px\"></div><script>{script}</script>";
    }

    /// <summary>The same function as in lib/Charts.csx, which tells why; a test keeps them equal.</summary>
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

    private static MethodInfo Converter(Type chart) =>
        chart.GetMethod("toFigureJson", BindingFlags.Public | BindingFlags.Static)
        ?? chart.Assembly.GetType("Plotly.NET.GenericChartModule")?.GetMethod("toFigureJson")
        ?? throw new UserError("This version of Plotly.NET has no GenericChart.toFigureJson: ask for Plotly.NET 6.0.0 "
            + "in the first code cell.");
}
