using System.Text.Json;
using Personalization.Features.Contracts;
using Personalization.Features.Domain.Definitions;
using Personalization.Features.Domain.History;
using Personalization.Features.Domain.Segments;

namespace Personalization.Features.Domain.Conditions;

/// <inheritdoc cref="IConditions"/>
internal sealed class ShopperConditions(
    IConditionCompiler compiler, IEventNames names, IKeptProperties kept, ISegments segments, IPeopleLists lists, Func<ProfileSnapshot> snapshot) : IConditions
{
    private static readonly JsonElement NoContext = JsonElement.Parse("{}");

    public IShopperCondition? Compile(JsonElement condition, string path, ICollection<ConditionFault> faults)
    {
        var found = new List<DefinitionFault>();
        var read = ConditionReader.Read(condition, found, path);
        foreach (var fault in found)
        {
            faults.Add(new ConditionFault(fault.Path, fault.Message));
        }

        if (read is null)
        {
            return null;
        }

        TellUnknown(read, path, faults);
        return new Compiled(read, compiler, names, kept);
    }

    public IShopperLook CreateLook() => new Look(snapshot());

    private void TellUnknown(Condition condition, string path, ICollection<ConditionFault> faults)
    {
        foreach (var segment in ConditionReferences.SegmentsOf(condition).Where(segment => segments.Find(segment.Segment) < 0))
        {
            faults.Add(new ConditionFault(segment.Path, $"There is no live segment '{segment.Segment}'."));
        }

        foreach (var list in ConditionReferences.ListsOf(condition).Where(list => lists.Find(list.List) < 0))
        {
            faults.Add(new ConditionFault(list.Path, $"There is no list '{list.List}'."));
        }

        // The context is the request's, which need not be kept.
        foreach (var property in ConditionProperties.Of(condition).Where(name => !IsOfContext(name) && kept.Find(name) < 0))
        {
            faults.Add(new ConditionFault(path, $"The property '{property}' of events is not kept"
                + (kept.Free > 0 ? ". Define a segment that asks about it, and ask for that segment here." : $", and no more can be: {KeptProperties.Max} are.")));
        }
    }

    private static bool IsOfContext(string path) => path.StartsWith(KeptPath.ContextPrefix, StringComparison.Ordinal);

    /// <summary>
    /// Names of events that nobody had sent, and properties that were not kept, when it was compiled match nothing; it is compiled anew once one of them
    /// comes to be known, which at a start is when the checkpoint is loaded. Two threads that find that at once do the same work twice.
    /// </summary>
    private sealed class Compiled : IShopperCondition
    {
        private readonly Condition _source;
        private readonly IConditionCompiler _compiler;
        private readonly IEventNames _names;
        private readonly IKeptProperties _kept;
        private volatile Version _version;

        public Compiled(Condition source, IConditionCompiler compiler, IEventNames names, IKeptProperties kept)
        {
            (_source, _compiler, _names, _kept) = (source, compiler, names, kept);
            _version = Make();
        }

        public bool Holds(IShopperLook look)
        {
            var version = _version;
            if (version.Unknown.Length > 0 && version.NamesKnown != _names.Count)
            {
                version = _version = Array.Exists(version.Unknown, name => _names.Find(name) >= 0) ? Make() : version with { NamesKnown = _names.Count };
            }

            if (version.NotKept.Length > 0 && Array.Exists(version.NotKept, path => _kept.Find(path) >= 0))
            {
                version = _version = Make();
            }

            return version.Condition.Holds(((Look)look).Snapshot);
        }

        private Version Make()
        {
            var known = _names.Count;
            var condition = _compiler.Compile(_source);
            var touches = new Touches();
            condition.Touch(touches);
            return new Version(condition, [.. touches.UnknownEvents], known, [.. ConditionProperties.Of(_source).Where(path => _kept.Find(path) < 0 && !IsOfContext(path))]);
        }

        private sealed record Version(CompiledCondition Condition, string[] Unknown, int NamesKnown, string[] NotKept);
    }

    private sealed class Look(ProfileSnapshot known) : IShopperLook
    {
        private readonly ProfileSnapshot _known = known;
        private readonly ProfileSnapshot _nobody = new(Nobody.Instance, Nobody.Instance, Nobody.Instance, Nobody.Instance, known.Consent);

        public ProfileSnapshot Snapshot { get; private set; } = known;

        public void At(int profileId, long nowMs, JsonElement context)
        {
            Snapshot = profileId < 0 ? _nobody : _known;
            Snapshot.Reset(profileId, nowMs);
            Snapshot.Request = context.ValueKind == JsonValueKind.Undefined ? NoContext : context;
        }
    }
}
