using System.Reflection;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Sqlite;

namespace Personalization.Kernel.Replay;

/// <summary>
/// Draws profiles from a cut: a seed gives each number a place in a shuffle of all numbers, and the first of those that have a row are taken. So the
/// same seed draws the same from the same cut, and almost the same from the next.
/// </summary>
internal static class SampleDraw
{
    /// <summary>The tables of each file whose rows are of one profile each.</summary>
    public static IReadOnlyDictionary<string, byte[]> Tables(IEnumerable<ICheckpointed> states) => states
        .SelectMany(state => state.GetType().GetCustomAttributes<ProfileRowsAttribute>().Select(rows => (state.FileName, rows.Table)))
        .GroupBy(table => table.FileName, StringComparer.Ordinal)
        .ToDictionary(group => group.Key, group => group.Select(table => table.Table).Order().ToArray(), StringComparer.Ordinal);

    /// <summary>Chooses the sample, and tells of it.</summary>
    /// <exception cref="InvalidDataException">The cut lacks a file.</exception>
    public static SampledProfiles Draw(
        ReplaySample into, DataDirectory cut, IReadOnlyDictionary<string, byte[]> tables, IEnumerable<IJoinedProfiles> joined, ParitySample asked,
        CancellationToken cancellationToken)
    {
        if (tables.Keys.FirstOrDefault(file => !File.Exists(cut.File(file))) is { } missing)
        {
            throw new InvalidDataException($"The checkpoint has no file {missing}.db.");
        }

        var (drawn, held) = DrawFrom(cut, tables, asked, cancellationToken);
        into.Choose(drawn, WithJoined(drawn, joined.SelectMany(source => source.Read(cut)), cancellationToken));
        return new SampledProfiles(asked.Seed, drawn.Count, held, into.Applied.Count);
    }

    private static (HashSet<int> Drawn, long Held) DrawFrom(
        DataDirectory cut, IReadOnlyDictionary<string, byte[]> tables, ParitySample asked, CancellationToken cancellationToken)
    {
        var first = new PriorityQueue<int, ulong>(Comparer<ulong>.Create(static (one, other) => other.CompareTo(one)));
        var taken = new HashSet<int>();
        var held = 0L;
        foreach (var key in tables.SelectMany(file => CutRows.Keys(cut.File(file.Key), file.Value)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var profile = (int)key;
            held++;
            if (!taken.Add(profile))
            {
                continue; // Of another file.
            }

            first.Enqueue(profile, PlaceOf(profile, asked.Seed));
            if (first.Count > asked.Profiles)
            {
                taken.Remove(first.Dequeue());
            }
        }

        return (taken, held);
    }

    /// <summary>Everybody who hangs together with one that was drawn, over any number of others.</summary>
    private static HashSet<int> WithJoined(HashSet<int> drawn, IEnumerable<(int One, int Other)> joined, CancellationToken cancellationToken)
    {
        var above = new Dictionary<int, int>();
        foreach (var (one, other) in joined)
        {
            cancellationToken.ThrowIfCancellationRequested();
            above[Top(one)] = Top(other);
        }

        var tops = drawn.Select(Top).ToHashSet();
        return [.. drawn, .. above.Keys.ToList().Where(profile => tops.Contains(Top(profile)))];

        int Top(int profile)
        {
            while (above.TryGetValue(profile, out var next) && next != profile)
            {
                // Each step leaves a shorter way behind it.
                above[profile] = above.GetValueOrDefault(next, next);
                profile = next;
            }

            above.TryAdd(profile, profile);
            return profile;
        }
    }

    /// <summary>SplitMix64, by Steele, Lea and Flood (2014), over the seed and the number.</summary>
    private static ulong PlaceOf(int profile, int seed)
    {
        var mixed = ((ulong)(uint)seed << 32) + (uint)profile + 0x9E3779B97F4A7C15UL;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9UL;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBUL;
        return mixed ^ (mixed >> 31);
    }
}
