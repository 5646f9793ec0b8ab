using Personalization.Decisioning.Domain.Candidates;

namespace Personalization.Decisioning.Domain;

/// <summary>
/// Keeps as many contexts as there are cores, which is how many decisions run at once when nothing waits. Taking one is an exchange of a reference.
/// </summary>
internal sealed class DecisionPool(Func<DecisionContext> create)
{
    private readonly Lock _making = new();
    private volatile DecisionContext[] _all = [];
    private readonly DecisionContext?[] _idle = new DecisionContext?[Math.Max(2, Environment.ProcessorCount * 2)];

    public DecisionContext Rent()
    {
        foreach (ref var place in _idle.AsSpan())
        {
            if (place is not null && Interlocked.Exchange(ref place, null) is { } context)
            {
                return context;
            }
        }

        return Make();
    }

    /// <summary>All that are idle or at work, for whoever watches them.</summary>
    public DecisionContext[] All => _all;

    public void Return(DecisionContext context)
    {
        foreach (ref var place in _idle.AsSpan())
        {
            if (place is null && Interlocked.CompareExchange(ref place, context, null) is null)
            {
                return;
            }
        }

        lock (_making)
        {
            _all = [.. _all.Where(known => known != context)]; // More were at work at once than are kept.
        }
    }

    private DecisionContext Make()
    {
        var made = create();
        lock (_making)
        {
            _all = [.. _all, made];
        }

        return made;
    }
}
