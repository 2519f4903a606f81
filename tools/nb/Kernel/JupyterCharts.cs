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
        bundle[MimeBundle.Html] = PlotlyChart.ToHtml(figure, s_address);
        return bundle;
    }

    private static string FindAddress(string program)
    {
        var kernel = new DirectoryInfo(program).Parent;
        return kernel is not null && File.Exists(Path.Join(kernel.FullName, ScriptName))
            ? $"kernelspecs/{kernel.Name}/{ScriptName}" : "";
    }
}
