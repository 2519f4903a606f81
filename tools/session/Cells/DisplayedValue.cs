using Nb.Session;

namespace Nb.Cells;

/// <summary>A value on display that can be replaced in place, also by a later cell.</summary>
public sealed class DisplayedValue
{
    private readonly CellContext _cell;
    private readonly string _id;

    internal DisplayedValue(CellContext cell, string id) => (_cell, _id) = (cell, id);

    /// <summary>Shows <paramref name="value"/> in the place of the value before.</summary>
    public void Update(object? value) =>
        (CellContext.Current ?? _cell).Update(_id, CellFunctions.Bundle(value, []));
}
