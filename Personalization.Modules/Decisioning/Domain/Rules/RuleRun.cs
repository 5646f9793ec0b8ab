using System.Runtime.InteropServices;
using Personalization.Decisioning.Domain.Candidates;

namespace Personalization.Decisioning.Domain.Rules;

/// <summary>What became of a rule in one decision.</summary>
internal enum RuleOutcome : byte
{
    /// <summary>It is not its time.</summary>
    NotNow,

    /// <summary>Its condition does not hold for the shopper.</summary>
    NotMeant,

    /// <summary>It threw, and was left out.</summary>
    Failed,

    /// <summary>It applied.</summary>
    Applied,
}

/// <summary>What a rule did in one decision.</summary>
internal struct RuleEffect
{
    public PlannedRule Planned;

    public RuleOutcome Outcome;

    /// <summary>Items that it kept out, moved, put in or scored anew.</summary>
    public int Items;
}

/// <summary>The rules of one decision: which apply, and what they did. Pooled with its context; says what may be proposed while the decision lasts.</summary>
internal sealed class RuleRun
{
    private readonly List<int> _gates = new(16);
    private readonly List<int> _weights = new(16);
    private RuleEffect[] _effects = new RuleEffect[16];
    private int _count;

    /// <summary>Null when no rule was looked at.</summary>
    public RuleSet? Set { get; private set; }

    /// <summary>One for each rule of the placement, in their order.</summary>
    public Span<RuleEffect> Effects => _effects.AsSpan(0, _count);

    public void Clear() => (Set, _count) = (null, 0);

    public void Begin(RuleSet set, RulePlan plan)
    {
        Clear();
        _gates.Clear();
        _weights.Clear();
        if (_effects.Length < plan.Rules.Length)
        {
            _effects = new RuleEffect[plan.Rules.Length];
        }

        foreach (var planned in plan.Rules)
        {
            _effects[_count++] = new RuleEffect { Planned = planned };
        }

        Set = set;
    }

    /// <summary>Places of the boosts and burials that apply among the effects.</summary>
    public ReadOnlySpan<int> Weights => CollectionsMarshal.AsSpan(_weights);

    /// <summary>It is known which apply: exclusions and filters keep items out from here on.</summary>
    public void Close()
    {
        for (var i = 0; i < _count; i++)
        {
            if (_effects[i].Outcome == RuleOutcome.Applied)
            {
                switch (_effects[i].Planned.Rule.Action)
                {
                    case RuleAction.Exclude or RuleAction.Filter:
                        _gates.Add(i);
                        break;
                    case RuleAction.Boost or RuleAction.Bury:
                        _weights.Add(i);
                        break;
                }
            }
        }
    }

    /// <summary>Whether no rule keeps the item out.</summary>
    public bool Allows(int item)
    {
        if (Set is not { } set || _gates.Count == 0)
        {
            return true;
        }

        var marks = set.MarksOf(item);
        foreach (var gate in _gates)
        {
            ref var effect = ref _effects[gate];
            if (marks.IsMeant(effect.Planned.Mark) == (effect.Planned.Rule.Action == RuleAction.Exclude))
            {
                effect.Items++;
                return false;
            }
        }

        return true;
    }

    /// <summary>Room to order candidates in.</summary>
    internal ulong[] Keys { get; } = new ulong[Slate.MaxPool];

    internal SlateEntry[] Entries { get; } = new SlateEntry[Slate.MaxPool];

    /// <summary>Of each value that was met, how often: values, then counts.</summary>
    internal int[] Values { get; } = new int[Slate.MaxPool];

    internal int[] Counts { get; } = new int[Slate.MaxPool];
}
