using System.Collections.Immutable;
using System.Text;
using Personalization.Features.Domain.Conditions;
using Personalization.Features.Domain.Funnels;
using Personalization.Features.Domain.History;
using Personalization.Kernel.Hashing;

namespace Personalization.Features.Domain.Triggers;

/// <summary>A live trigger that can be asked. Immutable; any thread.</summary>
/// <param name="definition">What it is.</param>
/// <param name="sinceOffset">Place in the log at which this version came to life: what hangs on an earlier one is none of its business.</param>
/// <param name="sinceMs">The log's clock there, Unix ms: what was due by then neither.</param>
internal sealed class CompiledTrigger(TriggerDefinition definition, long sinceOffset, long sinceMs)
{
    public TriggerDefinition Definition => definition;

    public long SinceOffset => sinceOffset;

    public long SinceMs => sinceMs;

    /// <summary>Names the trigger, of whatever version, in what is kept of profiles.</summary>
    public ulong Key { get; } = KeyOf(definition.Id);

    /// <summary>When it is due; null for one that waits for items or segments.</summary>
    public TriggerPattern? Pattern { get; private init; }

    /// <summary>Which changes of items it waits for; null for another.</summary>
    public ItemPattern? Items { get; private init; }

    public CompiledCondition? If { get; private init; }

    /// <summary>Whether it names events that had never come when it was compiled.</summary>
    public bool HasUnknownNames { get; private init; }

    /// <summary>How long a firing must be remembered, in ms: what is due may be as old as it expires, and what counts against it older still.</summary>
    public long MemoryMs { get; } = definition.ExpiresMs + Math.Max(definition.CooldownMs, definition.Limit?.WindowMs ?? 0);

    /// <summary>
    /// From when on what was due may still fire. Engagement hangs on events of long ago, so what was due before this version came to life is left
    /// out by time; anything else by the place of its anchor.
    /// </summary>
    public long FromMs(long nowMs) =>
        definition.Waits is EngagementWait ? Math.Max(nowMs - definition.ExpiresMs, sinceMs) : nowMs - definition.ExpiresMs;

    /// <summary>Whether what it hangs on came under this very version.</summary>
    public bool IsItsOwn(Candidate candidate) => definition.Waits is EngagementWait || candidate.Anchor >= sinceOffset;

    /// <summary>A hash of the id. Not keyed: ids of triggers are no secret, and nobody but administrators makes them up.</summary>
    public static ulong KeyOf(string id) => Math.Max(1, (ulong)SipHash128.Hash(0, 0, Encoding.UTF8.GetBytes(id)));

    public static CompiledTrigger Compile(TriggerDefinition definition, long sinceOffset, long sinceMs, IConditionCompiler compiler, IEventNames names)
    {
        var patterns = PatternsOf(definition.Waits).ToArray();
        return new CompiledTrigger(definition, sinceOffset, sinceMs)
        {
            Pattern = definition.Waits switch
            {
                PatternWait wait => CompileSequence(wait, compiler),
                EngagementWait wait => new EngagementPattern(wait, compiler.Compile(wait.Events)),
                _ => null,
            },
            Items = definition.Waits is ItemWait item
                ? new ItemPattern(item, compiler.Compile(item.Interest), item.Unless is null ? null : compiler.Compile(item.Unless))
                : null,
            If = definition.If is null ? null : compiler.Compile(definition.If),
            HasUnknownNames = patterns.Any(pattern => pattern.Names.Any(name => names.Find(name) < 0)),
        };
    }

    /// <summary>Every pattern that it looks for.</summary>
    public static IEnumerable<EventPattern> PatternsOf(TriggerWait wait) => wait switch
    {
        PatternWait pattern => pattern.Steps.Select(step => step.Pattern),
        EngagementWait engagement => [engagement.Events],
        ItemWait { Unless: { } unless } item => [item.Interest, unless],
        ItemWait item => [item.Interest],
        _ => [],
    };

    private static SequencePattern CompileSequence(PatternWait wait, IConditionCompiler compiler)
    {
        var steps = ImmutableArray.CreateBuilder<ChainStep>();
        IEventMatcher? absent = null;
        var waitMs = 0L;
        for (var i = 0; i < wait.Steps.Length; i++)
        {
            var step = wait.Steps[i];
            var matcher = compiler.Compile(step.Pattern);
            if (step.IsAbsent)
            {
                (absent, waitMs) = (matcher, i == wait.Steps.Length - 1 ? step.WithinMs!.Value : 0);
                continue;
            }

            steps.Add(new ChainStep(matcher, step.WithinMs ?? long.MaxValue, absent));
            absent = null;
            for (var again = 1; again < step.Times; again++)
            {
                steps.Add(new ChainStep(matcher));
            }
        }

        return new SequencePattern(new StepChain(steps.ToImmutable(), wait.WithinMs ?? long.MaxValue, isStrict: false, [], []), absent, waitMs);
    }
}
