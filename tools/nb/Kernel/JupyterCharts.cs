using System.Security.Cryptography;
using System.Text;
using Nb.Values;

namespace Nb.Kernel;

/// <summary>The HTML beside a chart, for the clients that know no Plotly JSON. VS Code draws the JSON itself; Notebook and
/// JupyterLab do not, and can take plotly.js from the folder of the kernel, without a network.</summary>
internal static class JupyterCharts
{
    public const string ScriptName = "plotly.min.js";

    /// <summary>Where a Jupyter server offers plotly.js, relative to its root; empty when this kernel is not installed
    /// with it.</summary>
    private static readonly string s_address = FindAddress(AppContext.BaseDirectory);

    /// <summary>The same bundle with HTML that draws its chart; unchanged when it holds none.</summary>
    public static MimeBundle WithHtml(MimeBundle value)
    {
        if (!value.TryGetValue(MimeBundle.Plotly, out var figure))
            return value;
        var bundle = new MimeBundle();
        foreach (var (mimeType, text) in value)
            bundle[mimeType] = text;
        bundle[MimeBundle.Html] = ToHtml(figure);
        return bundle;
    }

    private static string FindAddress(string program)
    {
        var kernel = new DirectoryInfo(program).Parent;
        return kernel is not null && File.Exists(Path.Join(kernel.FullName, ScriptName))
            ? $"kernelspecs/{kernel.Name}/{ScriptName}" : "";
    }

    private static string ToHtml(string figure)
    {
        // Some clients move the script away from its place, so it looks for its div by name.
        var id = "chart-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(figure)))[..12];
        var script = $$"""
            (function () {
              var figure = {{figure.Replace("<", "\\u003c", StringComparison.Ordinal)}};
              var places = Array.prototype.filter.call(document.querySelectorAll("[data-chart='{{id}}']"), function (place) {
                return !place.hasAttribute("data-drawn");
              });
              var lab = document.getElementById("jupyter-config-data");
              var root = document.body.getAttribute("data-base-url") || (lab ? JSON.parse(lab.textContent).baseUrl : "/");
              var addresses = ["https://cdn.plot.ly/plotly-2.28.0.min.js"];
              if ("{{s_address}}") addresses.unshift(root + "{{s_address}}");
              function draw(plotly) {
                window.Plotly = plotly;
                places.forEach(function (place) {
                  place.setAttribute("data-drawn", "");
                  place.setAttribute("role", "img");
                  place.setAttribute("aria-label", ((figure.layout || {}).title || {}).text || "chart");
                  place.textContent = "";
                  plotly.newPlot(place, figure.data, figure.layout, figure.config);
                });
              }
              function load() {
                var address = addresses.shift();
                if (!address) {
                  places.forEach(function (place) { place.textContent = "plotly.js, which draws this chart, could not be loaded."; });
                } else if (typeof require === "function" && require.config) {
                  require.undef("plotly");
                  require.config({ paths: { plotly: address.replace(/\.js$/, "") } });
                  require(["plotly"], draw, load);
                } else {
                  var script = document.createElement("script");
                  script.src = address;
                  script.onload = function () { draw(window.Plotly); };
                  script.onerror = load;
                  document.head.appendChild(script);
                }
              }
              if (window.Plotly) draw(window.Plotly); else load();
            })();
            """;
        return $"<div data-chart=\"{id}\" style=\"min-height: 360px\"></div><script>{script}</script>";
    }
}
