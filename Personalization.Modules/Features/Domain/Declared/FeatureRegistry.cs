using System.Text.Json;
using Personalization.Features.Domain.Conditions;
using Personalization.Features.Domain.Declared.Aggregates;
using Personalization.Features.Domain.Definitions;
using Personalization.Features.Domain.History;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Privacy;

namespace Personalization.Features.Domain.Declared;

/// <summary>
/// Which features there are: what stands in the log, in its order. A version takes events in from its place in the log on; when it is ready, an
/// entry makes it the live one, and the one before is gone. Changed by the sequencer while no stage runs, read by anyone.
/// </summary>
[HoldsNoPersonalData("Definitions of features are the shop's own.")]
internal sealed class FeatureRegistry(
    AggregateFactory aggregates, IConditionCompiler compiler, IEventNames names, IKeptProperties kept, DeclaredFeaturesOptions options)
    : ICheckpointed
{
    public const string DefinitionKind = "feature";

    private const byte VersionTable = 72;
    private readonly List<FeatureVersion> _versions = [];
    private readonly List<string> _ids = [];
    private readonly HashSet<int> _dirty = [];
    private readonly Lock _lock = new();
    private volatile FeatureSet _current = FeatureSet.Empty;

    public string FileName => "features";

    public int Version => 2;

    /// <summary>As of the last change, and of the names that are known.</summary>
    public FeatureSet Current => _current is { IsWaitingForNames: true } waiting && names.Count > waiting.KnownNames ? Recompile() : _current;

    /// <summary>The newest version of a feature that is in use or being prepared; null when it was never put, or is deleted.</summary>
    public FeatureVersion? NewestOf(string id) => Current.Versions.Where(version => version.Id == id).MaxBy(version => version.Version);

    /// <summary>Properties of events that a version looks at and that could not be kept: it is as if no event had them.</summary>
    public IReadOnlyList<string> NotKept(FeatureVersion version) => [.. version.Definition.Properties.Where(path => kept.Find(path) < 0)];

    /// <summary>A version that is in use or being prepared.</summary>
    public FeatureVersion? Find(string id, int version) => Array.Find(Current.Versions, each => each.Id == id && each.Version == version);

    /// <summary>A version has taken in what was before it. Sequencer's thread.</summary>
    /// <param name="version">Which.</param>
    /// <param name="incompleteProfiles">Profiles of which events of the window were missing.</param>
    public void Filled(FeatureVersion version, int incompleteProfiles)
    {
        (version.IsFilled, version.IncompleteProfiles) = (true, incompleteProfiles);
        _dirty.Add(version.Number);
    }

    /// <summary>Where the next piece of the log begins that some version is to take in; -1 when there is none.</summary>
    public long NextToFill() => Current.Versions.Where(version => version.IsFilling).Select(version => version.FilledThrough).DefaultIfEmpty(-1).Min();

    /// <summary>Versions that a piece of the log is for that begins at a place.</summary>
    public IReadOnlyList<FeatureVersion> FillingFrom(long offset) =>
        [.. Current.Versions.Where(version => version.IsFilling && version.FilledThrough == offset)];

    /// <summary>A version is to take in the log before it, or has taken it in up to a place. Sequencer's thread.</summary>
    public void FilledFromLog(FeatureVersion version, long throughOffset)
    {
        (version.FillsFromLog, version.FilledThrough) = (true, Math.Min(throughOffset, version.PutOffset));
        _dirty.Add(version.Number);
    }

    /// <summary>All that is wrong with a definition; empty when it is good.</summary>
    public IReadOnlyList<DefinitionFault> Check(string id, JsonElement body)
    {
        var faults = new List<DefinitionFault>();
        if (FeatureDefinitionReader.Read(id, body, faults) is { } definition)
        {
            CheckBesideOthers(definition, faults);
            KeptRoom.Check(kept, definition.Properties, faults);
        }

        return faults;
    }

    /// <summary>At its place in the log, while no stage runs. Sequencer's thread.</summary>
    /// <returns>Whether a version went out of use.</returns>
    public bool Apply(DefinitionChange change)
    {
        lock (_lock)
        {
            var before = _current.Versions;
            switch (change.Action)
            {
                case DefinitionAction.Put:
                    Put(change);
                    break;
                case DefinitionAction.Activate when _versions.Find(version => Is(version, change) && version.IsAlive) is { } activated:
                    Retire(version => version.Id == change.Id && version != activated && version.Version < activated.Version);
                    Set(activated, VersionPhase.Live);
                    break;
                case DefinitionAction.Delete:
                    Retire(version => version.Id == change.Id);
                    break;
            }

            Publish();
            return Array.Exists(before, version => !version.IsAlive);
        }
    }

    public void Load(CheckpointReader reader)
    {
        reader.Visit(VersionTable, (number, value) => _versions.Add(FeatureVersionCodec.Read((int)number, value, Make)));
        _ids.AddRange(_versions.Select(version => version.Id).Distinct(StringComparer.Ordinal));
        Publish();
    }

    public void Collect(CheckpointWriter writer)
    {
        foreach (var version in _versions.Where(version => _dirty.Contains(version.Number)))
        {
            writer.Put(VersionTable, version.Number, FeatureVersionCodec.Write(version));
        }

        _dirty.Clear();
    }

    /// <summary>What can only be judged knowing the other features.</summary>
    private void CheckBesideOthers(FeatureDefinition definition, List<DefinitionFault> faults)
    {
        var others = _current.Versions.Where(version => version.Id != definition.Id && version.Phase == VersionPhase.Live).ToList();
        if (_current.Versions.Select(version => version.Id).Append(definition.Id).Distinct(StringComparer.Ordinal).Count() > options.MaxFeatures)
        {
            faults.Add(new DefinitionFault("", $"There are {options.MaxFeatures} features already, which is as many as may be; delete one."));
        }

        if (definition.RatioOf is var (over, under))
        {
            CheckPart(over, "/of/0");
            CheckPart(under, "/of/1");
            return;
        }

        var bytes = others.Where(version => version.Definition.Key == definition.Key).Sum(version => version.Aggregate?.MaxBytes ?? 0) + aggregates.Create(definition).MaxBytes;
        if (bytes > options.MaxBytesPerKey)
        {
            faults.Add(new DefinitionFault(
                "", $"All features of a key might take {bytes} bytes with it, more than {options.MaxBytesPerKey}: a coarser grain, a smaller n, or fewer features take less."));
        }

        void CheckPart(string id, string path)
        {
            if (others.Find(version => version.Id == id) is not { } part)
            {
                faults.Add(new DefinitionFault(path, $"There is no live feature '{id}'; a ratio is of features that are declared before it."));
            }
            else if (part.Definition.Key != definition.Key || part.Aggregate is null || part.Aggregate.NeedsValue && part.Definition.Aggregate != AggregateKind.Distinct)
            {
                faults.Add(new DefinitionFault(path, $"'{id}' must be a number of the same key, and no ratio itself."));
            }
        }
    }

    /// <summary>A version that is put again, at its second coming out of the log, stays what it is.</summary>
    private void Put(DefinitionChange change)
    {
        var body = change.Body.GetRawText();
        if (_versions.Exists(version => Is(version, change)) || FeatureDefinitionReader.Read(change.Id, change.Body, []) is not { } definition)
        {
            return;
        }

        foreach (var property in definition.Properties)
        {
            kept.Keep(property);
        }

        Retire(version => version.Id == change.Id && version.Phase == VersionPhase.Preparing);
        var added = Make(_versions.Count + 1, definition, change.Version, change.Offset, change.AtMs, body);
        _versions.Add(added);
        if (!_ids.Contains(change.Id))
        {
            _ids.Add(change.Id);
        }

        Set(added, VersionPhase.Preparing);
    }

    private FeatureVersion Make(int number, FeatureDefinition definition, int version, long putOffset, long putAtMs, string body) => new()
    {
        Number = number,
        Definition = definition,
        Version = version,
        PutOffset = putOffset,
        PutAtMs = putAtMs,
        Body = body,
        Aggregate = definition.Aggregate == AggregateKind.Ratio ? null : aggregates.Create(definition),
    };

    private void Retire(Predicate<FeatureVersion> which)
    {
        foreach (var version in _versions.FindAll(which).Where(version => version.IsAlive))
        {
            Set(version, VersionPhase.Retired);
        }
    }

    private void Set(FeatureVersion version, VersionPhase phase)
    {
        version.Phase = phase;
        _dirty.Add(version.Number);
    }

    /// <summary>
    /// Names come to be known in log order, by the sequencer, before their event reaches a stage: whoever asks for the set with that event
    /// in hand sees it compiled with its name.
    /// </summary>
    private FeatureSet Recompile()
    {
        lock (_lock)
        {
            if (_current.IsWaitingForNames && names.Count > _current.KnownNames)
            {
                Publish();
            }

            return _current;
        }
    }

    private void Publish()
    {
        var known = names.Count;
        var alive = _versions.FindAll(version => version.IsAlive);
        foreach (var version in alive.Where(version => version.Aggregate is not null))
        {
            version.Matcher = compiler.Compile(version.Definition.Pattern);
            version.OfKey = KeyOf(version.Definition.Of);
            version.ByKey = KeyOf(version.Definition.By);
        }

        _current = new FeatureSet(alive, _ids, known);
    }

    private int KeyOf(FeatureSource? source) => source is { Source: ValueSource.Property } property ? kept.Find(property.Name) : -1;

    private static bool Is(FeatureVersion version, DefinitionChange change) => version.Id == change.Id && version.Version == change.Version;
}
