namespace Nb.Live;

/// <summary>Assemblies that are not fetched before the first cell: most readers never need them. One that is needed after
/// all is fetched then, while the cell waits.</summary>
internal static class LaterAssemblies
{
    public static bool Contains(string name) =>
        name is "Microsoft.CodeAnalysis.Features" or "Microsoft.CodeAnalysis.Workspaces"
            or "Microsoft.CodeAnalysis.CSharp.Features" or "Microsoft.CodeAnalysis.CSharp.Workspaces"
            or "Plotly.NET" or "FSharp.Core" or "System.Private.Xml" or "System.Data.Common" or "System.Text.Encoding.CodePages"
            or "System.Private.DataContractSerialization";
}
