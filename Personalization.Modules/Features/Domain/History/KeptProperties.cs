using System.Buffers.Binary;
using System.Text;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Privacy;

namespace Personalization.Features.Domain.History;

/// <summary>
/// The properties that are kept, with numbers that stay. A definition that names one keeps it from its place in the log on, for good: a
/// replay sees the same. Those of the configuration are kept while they stand there.
/// </summary>
[HoldsNoPersonalData("Paths of properties, as definitions and configuration name them.")]
internal sealed class KeptProperties : IKeptProperties, ICheckpointed
{
    /// <summary>Properties that are kept at most: each costs a comparison an event.</summary>
    public const int Max = 256;

    /// <summary>UTF-8 bytes of a path.</summary>
    public const int MaxPathBytes = 256;

    private const byte PathTable = 31;
    private const int RowHeader = 9;
    private readonly string[] _configured;
    private volatile KeptPaths _paths = KeptPaths.None;
    private int _collected;

    public KeptProperties(HistoryOptions options)
    {
        _configured = [.. options.AllProperties.Distinct(StringComparer.Ordinal)];
        KeepConfigured(sinceOffset: 0);
    }

    public string FileName => "features";

    public int Version => 1;

    /// <summary>How many have a number.</summary>
    public int Count => _paths.All.Length;

    /// <summary>Where in the log a definition that is applied now stands; the sequencer's position.</summary>
    public long Offset { get; set; }

    public string this[int key] => _paths.All[key].Path;

    /// <summary>What is looked for in an event, as of now.</summary>
    public KeptPaths Paths => _paths;

    public int Find(ReadOnlySpan<char> path) =>
        _paths.Numbers.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(path, out var key) && _paths.All[key].IsKept ? key : -1;

    public long SinceOffset(int key) => _paths.All[key].SinceOffset;

    /// <inheritdoc cref="KeptPath.IsShared"/>
    public bool IsShared(int key) => _paths.All[key].IsShared;

    public int Keep(string path) => Keep(path, Offset, isOfDefinition: true);

    public void Load(CheckpointReader reader)
    {
        _paths = KeptPaths.None;
        reader.Visit(PathTable, (_, row) =>
        {
            var path = Encoding.UTF8.GetString(row[RowHeader..]);
            var isOfDefinition = row[0] != 0;
            Put(new KeptPath(path, BinaryPrimitives.ReadInt64LittleEndian(row[1..]), isOfDefinition, isOfDefinition || _configured.Contains(path)));
        });
        _collected = Count;
        KeepConfigured(reader.NextOffset);
    }

    public void Collect(CheckpointWriter writer)
    {
        var all = _paths.All;
        for (; _collected < all.Length; _collected++)
        {
            var kept = all[_collected];
            var row = writer.Reserve(PathTable, _collected, RowHeader + Encoding.UTF8.GetByteCount(kept.Path));
            row[0] = kept.IsOfDefinition ? (byte)1 : (byte)0;
            BinaryPrimitives.WriteInt64LittleEndian(row[1..], kept.SinceOffset);
            Encoding.UTF8.GetBytes(kept.Path, row[RowHeader..]);
        }
    }

    private void KeepConfigured(long sinceOffset)
    {
        foreach (var path in _configured)
        {
            Keep(path, sinceOffset, isOfDefinition: false);
        }
    }

    private int Keep(string path, long sinceOffset, bool isOfDefinition)
    {
        if (_paths.Numbers.TryGetValue(path, out var known))
        {
            var kept = _paths.All[known];
            if (isOfDefinition && !kept.IsOfDefinition)
            {
                // From now on it stays, whatever becomes of the configuration: the row is written once more.
                Put(kept with { IsOfDefinition = true, IsKept = true, SinceOffset = kept.IsKept ? kept.SinceOffset : sinceOffset });
                _collected = Math.Min(_collected, known);
            }

            return known;
        }

        return Count == Max || !IsPath(path) ? -1 : Put(new KeptPath(path, sinceOffset, isOfDefinition, IsKept: true));
    }

    private static bool IsPath(string path) =>
        path.Length > 0 && Encoding.UTF8.GetByteCount(path) <= MaxPathBytes && !path.Split('.').Contains("") && path != "context";

    private int Put(KeptPath kept)
    {
        var all = _paths.All.ToList();
        var number = all.FindIndex(each => each.Path == kept.Path);
        if (number < 0)
        {
            number = all.Count;
            all.Add(kept);
        }
        else
        {
            all[number] = kept;
        }

        _paths = new KeptPaths([.. all]);
        return number;
    }
}
