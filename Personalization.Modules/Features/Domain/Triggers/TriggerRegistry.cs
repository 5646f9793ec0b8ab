using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Personalization.Features.Domain.Conditions;
using Personalization.Features.Domain.Definitions;
using Personalization.Features.Domain.History;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Privacy;

namespace Personalization.Features.Domain.Triggers;

/// <summary>The triggers that are live, as the log says.</summary>
[HoldsNoPersonalData("Triggers are the shop's own definitions.")]
internal sealed class TriggerRegistry(Func<IDefinitionLog> definitions, Func<IConditionCompiler> compiler, IEventNames names, IKeptProperties properties)
    : IDefinitionHandler, ICheckpointed
{
    public const string DefinitionKind = "trigger";

    /// <summary>Each costs every event that it waits for; more than these are a mistake.</summary>
    public const int MaxLive = 200;

    private const byte Table = 96;
    private readonly Lock _lock = new();
    private ImmutableArray<Live> _live = [];
    private volatile TriggerSet? _set = TriggerSet.Empty;
    private bool _isDirty;
    private int _rows;

    public string Kind => DefinitionKind;

    public string FileName => "features";

    public int Version => 1;

    /// <summary>Told, at rest, of a version that came to life.</summary>
    public Action<CompiledTrigger>? Activated { get; set; }

    /// <summary>The live ones; compiled anew when an event has come whose name one waits for. Any thread.</summary>
    public TriggerSet Set => _set is { } set && (!set.HasUnknownNames || set.Names == names.Count) ? set : Compile();

    /// <summary>Compiles a trigger that is not defined, to see what it would do.</summary>
    public CompiledTrigger Compile(TriggerDefinition definition) => CompiledTrigger.Compile(definition, 0, 0, compiler(), names);

    public IReadOnlyList<DefinitionFault> Check(string id, JsonElement body)
    {
        var faults = new List<DefinitionFault>();
        if (TriggerReader.Read(id, 1, body, faults) is { } definition)
        {
            KeptRoom.Check(properties, PathsOf(definition), faults);
        }

        var live = Set.All;
        if (faults.Count == 0 && live.Length >= MaxLive && live.All(trigger => trigger.Definition.Id != id))
        {
            faults.Add(new DefinitionFault("", $"There are {MaxLive} triggers already; delete one that nobody needs."));
        }

        return faults;
    }

    public void Apply(DefinitionChange change)
    {
        switch (change.Action)
        {
            case DefinitionAction.Put when Read(change) is { } read:
                Keep(read);
                break;
            case DefinitionAction.Activate when Find(change.Id, change.Version) is { } definition:
                Replace(change.Id, new Live(definition, change.Offset, change.AtMs));
                Activated?.Invoke(Set.All.Single(trigger => trigger.Definition.Id == change.Id));
                break;
            case DefinitionAction.Delete:
                Replace(change.Id, null);
                break;
        }
    }

    public void Load(CheckpointReader reader) => reader.Visit(Table, (_, row) =>
    {
        _rows++;
        var (version, offset, atMs) = (BinaryPrimitives.ReadInt32LittleEndian(row), BinaryPrimitives.ReadInt64LittleEndian(row[4..]), BinaryPrimitives.ReadInt64LittleEndian(row[12..]));
        if (Find(Encoding.UTF8.GetString(row[20..]), version) is { } definition)
        {
            (_live, _set) = (_live.Add(new Live(definition, offset, atMs)), null);
        }
    });

    /// <summary>A row: version, place and time at which it came to life, id. By the order of that place.</summary>
    public void Collect(CheckpointWriter writer)
    {
        lock (_lock)
        {
            for (var i = 0; _isDirty && i < Math.Max(_rows, _live.Length); i++)
            {
                if (i >= _live.Length)
                {
                    writer.Delete(Table, i);
                    continue;
                }

                var (definition, offset, atMs) = _live[i];
                var row = writer.Reserve(Table, i, 20 + definition.Id.Length);
                BinaryPrimitives.WriteInt32LittleEndian(row, definition.Version);
                BinaryPrimitives.WriteInt64LittleEndian(row[4..], offset);
                BinaryPrimitives.WriteInt64LittleEndian(row[12..], atMs);
                Encoding.UTF8.GetBytes(definition.Id, row[20..]);
            }

            _rows = _isDirty ? _live.Length : _rows;
            _isDirty = false;
        }
    }

    private static TriggerDefinition? Read(DefinitionChange change) => TriggerReader.Read(change.Id, change.Version, change.Body, []);

    private TriggerDefinition? Find(string id, int version) =>
        definitions().VersionsOf(DefinitionKind, id).FirstOrDefault(change => change.Version == version) is { } change ? Read(change) : null;

    private static IEnumerable<string> PathsOf(TriggerDefinition definition)
    {
        var paths = CompiledTrigger.PatternsOf(definition.Waits).SelectMany(ConditionProperties.Of);
        return definition.If is { } condition ? paths.Concat(ConditionProperties.Of(condition)) : paths;
    }

    private void Keep(TriggerDefinition definition)
    {
        foreach (var path in PathsOf(definition))
        {
            properties.Keep(path);
        }
    }

    private void Replace(string id, Live? live)
    {
        lock (_lock)
        {
            var others = _live.RemoveAll(each => each.Definition.Id == id);
            (_live, _set, _isDirty) = (live is null ? others : others.Add(live), null, true);
        }
    }

    private TriggerSet Compile()
    {
        lock (_lock)
        {
            var known = names.Count;
            if (_set is null || (_set.HasUnknownNames && _set.Names != known))
            {
                _set = new TriggerSet([.. _live.Select(live => CompiledTrigger.Compile(live.Definition, live.Offset, live.AtMs, compiler(), names))], known);
            }

            return _set;
        }
    }

    /// <summary>A version that is in use.</summary>
    /// <param name="Definition">What it is.</param>
    /// <param name="Offset">Place in the log at which it came to life.</param>
    /// <param name="AtMs">When, Unix ms.</param>
    private sealed record Live(TriggerDefinition Definition, long Offset, long AtMs);
}
