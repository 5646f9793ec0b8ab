namespace Personalization.Tracking.Domain.Schemas;

/// <summary>Which children of one object or array a schema has looked at: what <c>unevaluatedProperties</c> and <c>unevaluatedItems</c> leave out.</summary>
internal sealed class Evaluated(int children)
{
    private readonly ulong[] _marks = new ulong[(children + 63) / 64];

    public void Add(int child) => _marks[child >> 6] |= 1UL << (child & 63);

    public bool Contains(int child) => (_marks[child >> 6] & (1UL << (child & 63))) != 0;

    public void AddAll() => Array.Fill(_marks, ulong.MaxValue);

    public void AddAll(Evaluated others)
    {
        for (var i = 0; i < _marks.Length; i++)
        {
            _marks[i] |= others._marks[i];
        }
    }
}
