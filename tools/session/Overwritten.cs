using System.Reflection;
using System.Text;

namespace Nb.Session;

/// <summary>The variables that a piece of code declares again. Until it has given one its new value, the value of before
/// counts: so a cell that is stopped or fails loses nothing.</summary>
internal sealed class Overwritten
{
    private const BindingFlags Members = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    private readonly object _piece;
    private readonly List<(FieldInfo New, FieldInfo Old, object OldPiece)> _others = [];   // of another type than before

    /// <summary>Looks which they are. Those that keep their type have their old value from the start.</summary>
    /// <param name="piece">The piece, whose code has not begun.</param>
    /// <param name="names">The variables that it declares.</param>
    /// <param name="pieces">All pieces, the oldest first.</param>
    public Overwritten(object piece, IEnumerable<string> names, IReadOnlyList<object?> pieces)
    {
        _piece = piece;
        foreach (var name in names)
        {
            if (piece.GetType().GetField(name, Members) is not { } now
                || pieces.LastOrDefault(p => p is not null && p != piece && p.GetType().GetField(name, Members) is not null) is not { } before)
                continue;
            var old = before.GetType().GetField(name, Members)!;
            if (old.FieldType == now.FieldType)
                now.SetValue(piece, old.GetValue(before));
            else
                _others.Add((now, old, before));
        }
    }

    /// <summary>Code that declares those again that have another type now and no value yet; null when there are none.
    /// </summary>
    public string? Declaration()
    {
        var code = new StringBuilder();
        _others.RemoveAll(other => other.New.GetValue(_piece) is { } value && !value.Equals(Unset(other.New.FieldType)));
        foreach (var (_, old, _) in _others)
        {
            if (NameOf(old.FieldType) is { } type)
                code.Append($"{type} {old.Name} = default!; ");
        }
        return code.Length > 0 ? code.ToString() : null;
    }

    /// <summary>Gives those that <see cref="Declaration"/> has declared their values.</summary>
    public void CopyTo(object piece)
    {
        foreach (var (_, old, before) in _others)
            piece.GetType().GetField(old.Name, Members)?.SetValue(piece, old.GetValue(before));
    }

    private static object? Unset(Type type) => type.IsValueType ? Activator.CreateInstance(type) : null;

    /// <summary>The type as C# writes it; null for one that has no name there.</summary>
    private static string? NameOf(Type type)
    {
        if (type.IsPointer || type.IsByRef || type.IsFunctionPointer)
            return null;
        var ranks = "";
        for (; type.IsArray; type = type.GetElementType()!)
            ranks += $"[{new string(',', type.GetArrayRank() - 1)}]";
        var arguments = type.GetGenericArguments().Select(NameOf).ToList();
        if (arguments.Contains(null))
            return null;
        // Types of cells are nested in a class that stands for the cell, and has no name in C#.
        var nesting = new List<Type>();
        for (var t = type; t is not null && !t.Name.Contains('#', StringComparison.Ordinal); t = t.DeclaringType)
            nesting.Insert(0, t);
        if (nesting.Exists(t => t.Name.Contains('<', StringComparison.Ordinal)))
            return null;   // an anonymous type
        var taken = 0;
        var parts = nesting.Select(t =>
        {
            var all = t.GetGenericArguments().Length;
            var own = arguments[taken..Math.Max(taken, all)];
            taken = Math.Max(taken, all);
            return t.Name.Split('`')[0] + (own.Count > 0 ? $"<{string.Join(", ", own)}>" : "");
        }).ToList();
        var space = nesting[0].DeclaringType is null && type.Namespace is { } name ? $"global::{name}." : "";
        return space + string.Join('.', parts) + ranks;
    }
}
