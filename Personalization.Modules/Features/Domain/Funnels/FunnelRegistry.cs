using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;
using Personalization.Features.Domain.Conditions;
using Personalization.Features.Domain.Definitions;
using Personalization.Features.Domain.History;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Privacy;

namespace Personalization.Features.Domain.Funnels;

/// <summary>
/// The funnels that are live, as the log says. A funnel is a pure function of the facts, so a version needs no preparing: from its place in the log on
/// everybody stands where the new one says.
/// </summary>
[HoldsNoPersonalData("Funnels are the shop's own definitions.")]
internal sealed class FunnelRegistry(Func<IDefinitionLog> definitions, Func<IConditionCompiler> compiler, IEventNames names, IKeptProperties properties)
    : IDefinitionHandler, IFunnelStages, ICheckpointed
{
    public const string DefinitionKind = "funnel";

    /// <summary>Funnels that are live at once.</summary>
    public const int MaxLive = 200;

    private readonly Lock _lock = new();
    private volatile Snapshot _snapshot = new([]);

    public string Kind => DefinitionKind;

    public string FileName => "features";

    public int Version => 1;

    public int Find(ReadOnlySpan<char> id) => _snapshot.Find(id);

    public int StageOf(int funnel, ProfileSnapshot profile)
    {
        if (Compiled(funnel) is not { } compiled)
        {
            return 0;
        }

        var standing = compiled.StandingAt(profile.Facts, profile.NowMs);
        profile.ChangesAt(standing.UntilMs);
        return standing.Stage;
    }

    /// <summary>The live version of a funnel; null when there is none.</summary>
    public CompiledFunnel? Live(ReadOnlySpan<char> id) => Find(id) is var funnel and >= 0 ? Compiled(funnel) : null;

    public IReadOnlyList<DefinitionFault> Check(string id, JsonElement body)
    {
        var faults = new List<DefinitionFault>();
        if (FunnelReader.Read(id, 1, body, faults) is { } definition)
        {
            KeptRoom.Check(properties, PathsOf(definition), faults);
        }

        var live = _snapshot.Slots;
        if (faults.Count == 0 && live.Count(slot => slot.Compiled is not null) >= MaxLive && live.All(slot => slot.Id != id))
        {
            faults.Add(new DefinitionFault("", $"There are {MaxLive} funnels already; delete one that nobody needs."));
        }

        return faults;
    }

    public void Apply(DefinitionChange change)
    {
        switch (change.Action)
        {
            case DefinitionAction.Put when Read(change) is { } read:
                Keep(read);
                return;
            case DefinitionAction.Activate when Find(change.Id, change.Version) is { } definition:
                Set(change.Id, Compile(definition));
                break;
            case DefinitionAction.Delete:
                Set(change.Id, null);
                break;
        }
    }

    /// <summary>What is live stands with the definitions; nothing else is kept.</summary>
    public void Load(CheckpointReader reader)
    {
        foreach (var (id, version) in definitions().List(DefinitionKind))
        {
            if (Find(id, version) is { } definition)
            {
                Set(id, Compile(definition));
            }
        }
    }

    public void Collect(CheckpointWriter writer)
    {
    }

    private static FunnelDefinition? Read(DefinitionChange change) => FunnelReader.Read(change.Id, change.Version, change.Body, []);

    private FunnelDefinition? Find(string id, int version) =>
        definitions().VersionsOf(DefinitionKind, id).FirstOrDefault(change => change.Version == version) is { } change ? Read(change) : null;

    private CompiledFunnel Compile(FunnelDefinition definition) => CompiledFunnel.Compile(definition, compiler(), names, properties);

    private static IEnumerable<string> PathsOf(FunnelDefinition definition) => definition.Steps.SelectMany(step => ConditionProperties.Of(step.Pattern))
        .Concat(definition.Carry.Where(value => value.Source == ValueSource.Property).Select(value => value.Name));

    private void Keep(FunnelDefinition definition)
    {
        foreach (var path in PathsOf(definition))
        {
            properties.Keep(path);
        }
    }

    private void Set(string id, CompiledFunnel? compiled)
    {
        lock (_lock)
        {
            var slots = _snapshot.Slots;
            var known = _snapshot.Find(id, withDeleted: true);
            _snapshot = new Snapshot(known < 0 ? slots.Add((id, compiled)) : slots.SetItem(known, (id, compiled)));
        }
    }

    /// <summary>Compiled anew when an event has come whose name it waits for. Any thread.</summary>
    private CompiledFunnel? Compiled(int funnel)
    {
        var compiled = _snapshot.Slots[funnel].Compiled;
        if (compiled is null || compiled.NamesWhenIncomplete < 0 || compiled.NamesWhenIncomplete == names.Count)
        {
            return compiled;
        }

        lock (_lock)
        {
            if (_snapshot.Slots[funnel].Compiled is { } old)
            {
                Set(old.Definition.Id, Compile(old.Definition));
            }

            return _snapshot.Slots[funnel].Compiled;
        }
    }

    /// <summary>Every funnel that was ever live, by its number.</summary>
    private sealed class Snapshot(ImmutableArray<(string Id, CompiledFunnel? Compiled)> slots)
    {
        private readonly FrozenDictionary<string, int> _numbers =
            slots.Select((slot, number) => (slot.Id, number)).ToFrozenDictionary(pair => pair.Id, pair => pair.number, StringComparer.Ordinal);

        public ImmutableArray<(string Id, CompiledFunnel? Compiled)> Slots => slots;

        public int Find(ReadOnlySpan<char> id, bool withDeleted = false) =>
            _numbers.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(id, out var number) && (withDeleted || slots[number].Compiled is not null) ? number : -1;
    }
}
