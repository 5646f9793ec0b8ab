using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Privacy;

namespace Personalization.Features.Domain.Definitions;

/// <summary>
/// All definitions with their versions, as the log tells them. Written by the sequencer at rest, read by anyone. Its bounds are constants, not
/// options: a replay must refuse what was refused.
/// </summary>
/// <param name="maxIds">Definitions of a kind.</param>
/// <param name="maxTotal">Bytes of all bodies that are kept.</param>
[HoldsNoPersonalData("What administrators defined; the members of lists are not definitions.")]
internal sealed class DefinitionBook(int maxIds = DefinitionBook.MaxIds, long maxTotal = DefinitionBook.MaxTotal) : ICheckpointed
{
    public const int MaxIds = 10_000;
    public const int MaxVersions = 100;
    public const int MaxBodyBytes = 64 * 1024;

    /// <summary>Bytes of all bodies that are kept.</summary>
    public const long MaxTotal = 64 << 20;

    private const byte VersionTable = 60;
    private const byte StateTable = 61;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, SortedDictionary<string, Definition>> _kinds = new(StringComparer.Ordinal);
    private readonly HashSet<Definition> _changed = [];
    private readonly List<long> _obsolete = [];
    private readonly List<long> _forgotten = [];
    private long _nextRow;
    private long _total;

    public string FileName => "features";

    public int Version => 1;

    public IReadOnlyList<DefinitionChange> VersionsOf(string kind, string id)
    {
        lock (_lock)
        {
            return Find(kind, id) is { } found ? [.. found.Versions.Values.Select(kept => kept.Change)] : [];
        }
    }

    public IReadOnlyList<(string Id, int LiveVersion)> List(string kind)
    {
        lock (_lock)
        {
            return _kinds.TryGetValue(kind, out var ids) ? [.. ids.Values.Select(found => (found.Id, found.LiveVersion))] : [];
        }
    }

    /// <summary>The change with its version, or why it cannot be made now.</summary>
    /// <exception cref="DefinitionRefusedException">It cannot be.</exception>
    public DefinitionChange Resolve(DefinitionChange change)
    {
        lock (_lock)
        {
            var found = Find(change.Kind, change.Id);
            return change.Action switch
            {
                DefinitionAction.Put => change with { Version = NextVersion(change, found) },
                _ when found is null || (change.Action == DefinitionAction.Delete && found.IsDeleted) =>
                    throw new DefinitionRefusedException($"There is no {change.Kind} '{change.Id}'.", isUnknown: true),
                DefinitionAction.Activate when !found.Versions.ContainsKey(change.Version) =>
                    throw new DefinitionRefusedException($"The {change.Kind} '{change.Id}' has no version {change.Version}, or it is not kept any more.", isUnknown: true),
                DefinitionAction.Activate or DefinitionAction.Delete => change,
                _ => throw new DefinitionRefusedException($"A later version of this program knows the action {(int)change.Action}."),
            };
        }
    }

    /// <summary>Takes a change that was resolved, at its place in the log.</summary>
    public void Apply(DefinitionChange change)
    {
        lock (_lock)
        {
            var found = Find(change.Kind, change.Id) ?? Add(new Definition(change.Kind, change.Id, _nextRow++));
            _changed.Add(found);
            found.IsDeleted = change.Action == DefinitionAction.Delete;
            found.ChangedAt = change.Offset;
            switch (change.Action)
            {
                case DefinitionAction.Put:
                    found.NewestVersion = change.Version;
                    Keep(found, new Kept(_nextRow++, change, SizeOf(change)));
                    Prune(found);
                    break;
                case DefinitionAction.Activate:
                    found.LiveVersion = change.Version;
                    break;
                default:
                    found.LiveVersion = 0;
                    break;
            }

            ForgetDeleted(change.Kind);
        }
    }

    public void Load(CheckpointReader reader)
    {
        reader.Visit(StateTable, (row, value) =>
        {
            Add(DefinitionRow.Read(row, value));
            _nextRow = Math.Max(_nextRow, row + 1);
        });
        reader.Visit(VersionTable, (row, value) =>
        {
            var change = DefinitionCodec.Read(value);
            Keep(Find(change.Kind, change.Id)!, new Kept(row, change, SizeOf(change)) { IsSaved = true });
            _nextRow = Math.Max(_nextRow, row + 1);
        });
    }

    public void Collect(CheckpointWriter writer)
    {
        foreach (var found in _changed.Where(found => !found.IsForgotten))
        {
            writer.Put(StateTable, found.Row, DefinitionRow.Write(found));
            foreach (var kept in found.Versions.Values.Where(kept => !kept.IsSaved))
            {
                writer.Put(VersionTable, kept.Row, DefinitionCodec.Write(kept.Change));
                kept.IsSaved = true;
            }
        }

        _obsolete.ForEach(row => writer.Delete(VersionTable, row));
        _forgotten.ForEach(row => writer.Delete(StateTable, row));
        _changed.Clear();
        _obsolete.Clear();
        _forgotten.Clear();
    }

    private int NextVersion(DefinitionChange change, Definition? found)
    {
        var next = (found?.NewestVersion ?? 0) + 1;
        if (change.Version != 0 && change.Version != next)
        {
            throw new DefinitionRefusedException($"The newest version of the {change.Kind} '{change.Id}' is {next - 1}: somebody has changed it meanwhile.");
        }

        if (SizeOf(change) > MaxBodyBytes)
        {
            throw new DefinitionRefusedException($"A definition has at most {MaxBodyBytes} bytes; this has {SizeOf(change)}.");
        }

        var others = _kinds.GetValueOrDefault(change.Kind)?.Values.Count(other => !other.IsDeleted && other != found) ?? 0;
        if (others >= maxIds)
        {
            throw new DefinitionRefusedException($"There are {maxIds} definitions of the kind '{change.Kind}'. Delete one.");
        }

        var kept = _kinds.Values.SelectMany(ids => ids.Values).Where(other => !other.IsDeleted || other == found).Sum(other => other.Size);
        return kept + SizeOf(change) <= maxTotal
            ? next
            : throw new DefinitionRefusedException($"All definitions with their versions have {kept} bytes; {maxTotal} are kept at most. Delete some.");
    }

    private Definition? Find(string kind, string id) => _kinds.GetValueOrDefault(kind)?.GetValueOrDefault(id);

    private Definition Add(Definition added)
    {
        if (!_kinds.TryGetValue(added.Kind, out var ids))
        {
            _kinds[added.Kind] = ids = new SortedDictionary<string, Definition>(StringComparer.Ordinal);
        }

        ids[added.Id] = added;
        return added;
    }

    private void Keep(Definition found, Kept kept)
    {
        found.Versions[kept.Change.Version] = kept;
        found.Size += kept.Size;
        _total += kept.Size;
    }

    /// <summary>Beyond the bound the oldest version goes that is not in use.</summary>
    private void Prune(Definition found)
    {
        while (found.Versions.Count > MaxVersions)
        {
            Drop(found, found.Versions.Values.First(kept => kept.Change.Version != found.LiveVersion));
        }
    }

    private void Drop(Definition found, Kept kept)
    {
        found.Versions.Remove(kept.Change.Version);
        found.Size -= kept.Size;
        _total -= kept.Size;
        if (kept.IsSaved)
        {
            _obsolete.Add(kept.Row);
        }
    }

    /// <summary>What was deleted longest ago goes first, when there is too much of its kind or of everything.</summary>
    private void ForgetDeleted(string kind)
    {
        while (_kinds[kind].Count > maxIds)
        {
            Forget(_kinds[kind].Values.Where(found => found.IsDeleted).MinBy(found => found.ChangedAt)!);
        }

        while (_total > maxTotal && _kinds.Values.SelectMany(ids => ids.Values).Where(found => found.IsDeleted).MinBy(found => found.ChangedAt) is { } oldest)
        {
            Forget(oldest);
        }
    }

    private void Forget(Definition found)
    {
        foreach (var kept in found.Versions.Values.ToList())
        {
            Drop(found, kept);
        }

        found.IsForgotten = true;
        _kinds[found.Kind].Remove(found.Id);
        _forgotten.Add(found.Row);
    }

    private static int SizeOf(DefinitionChange change) =>
        change.Body.ValueKind == System.Text.Json.JsonValueKind.Undefined ? 0 : System.Text.Encoding.UTF8.GetByteCount(change.Body.GetRawText());

    /// <summary>One definition: what is kept of it besides its versions stands in one row.</summary>
    internal sealed class Definition(string kind, string id, long row)
    {
        public string Kind => kind;

        public string Id => id;

        public long Row => row;

        public int LiveVersion { get; set; }

        public int NewestVersion { get; set; }

        public bool IsDeleted { get; set; }

        public bool IsForgotten { get; set; }

        /// <summary>Place in the log.</summary>
        public long ChangedAt { get; set; }

        public long Size { get; set; }

        public SortedDictionary<int, Kept> Versions { get; } = [];
    }

    internal sealed record Kept(long Row, DefinitionChange Change, int Size)
    {
        public bool IsSaved { get; set; }
    }
}
