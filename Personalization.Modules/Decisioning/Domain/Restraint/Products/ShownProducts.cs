using Personalization.Decisioning.Domain.Candidates;

namespace Personalization.Decisioning.Domain.Restraint.Products;

/// <summary>Products of one answer on the way to the log. Pooled: grows to what answers need, and then allocates nothing.</summary>
internal sealed class ShownProducts
{
    private int[] _items = [];
    private int _count;

    /// <summary>Of the answer.</summary>
    public Guid DecisionId { get; private set; }

    /// <summary>Null when unknown.</summary>
    public string? UserId { get; private set; }

    /// <summary>Null when unknown.</summary>
    public string? AnonymousId { get; private set; }

    /// <summary>Where.</summary>
    public string Placement { get; private set; } = "";

    /// <summary>When, Unix ms.</summary>
    public long AtMs { get; private set; }

    /// <summary>Their numbers, in order.</summary>
    public ReadOnlySpan<int> Items => _items.AsSpan(0, _count);

    public void Take(DecisionContext context)
    {
        (DecisionId, AtMs, Placement) = (context.DecisionId, context.NowMs, context.Placement.Name);
        (UserId, AnonymousId) = (context.Request.UserId, context.Request.AnonymousId);
        _count = context.Slate.Count;
        if (_items.Length < _count)
        {
            _items = new int[_count];
        }

        for (var i = 0; i < _count; i++)
        {
            _items[i] = context.Slate[i].Item;
        }
    }

    /// <summary>Nobody's, until it is used again.</summary>
    public void Clear() => (UserId, AnonymousId, _count) = (null, null, 0);
}
