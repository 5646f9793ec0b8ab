using System.Collections.Concurrent;
using System.Threading.Channels;

namespace Personalization.Decisioning.Domain.Experiments.Running;

/// <summary>Under which keys a person's assignments are kept: whichever is known. Default for one that is not.</summary>
internal readonly record struct PersonKeys(UInt128 User, UInt128 Profile, UInt128 Anonymous)
{
    // "profile" in ASCII: no keyed hash has these 64 bits but by a chance of one in 2^64.
    private const ulong ProfileSpace = 0x70726f66696c6500;

    public static UInt128 OfProfile(int profile) => new(ProfileSpace, (uint)profile);

    public static bool IsProfile(UInt128 owner) => (ulong)(owner >> 64) == ProfileSpace;
}

/// <summary>One kept assignment, as it goes to disk.</summary>
internal readonly record struct AssignmentRow(UInt128 Owner, int Experiment, int Arm, long AtMs);

/// <summary>What somebody was given; shared by all keys of theirs.</summary>
internal sealed class KeptAssignment(int arm)
{
    private long _exposedAtMs = long.MinValue;

    public int Arm => arm;

    /// <summary>Whether an exposure is due; only one of those who ask at the same time hears yes.</summary>
    public bool IsDue(long nowMs, long againMs)
    {
        var last = Volatile.Read(ref _exposedAtMs);
        return (last == long.MinValue || nowMs - last >= againMs) && Interlocked.CompareExchange(ref _exposedAtMs, nowMs, last) == last;
    }
}

/// <summary>
/// Who was given which arm, so that it stays theirs whatever becomes of shares, sign-ins and devices: the user's own assignment goes before the
/// profile's, and that before the device's. Memory only and bounded; what is new waits, bounded too, to be written. Thread-safe; reading takes no lock.
/// </summary>
internal sealed class KeptAssignments
{
    private const int MaxWaiting = 50_000;
    private readonly ConcurrentDictionary<(UInt128 Owner, int Experiment), KeptAssignment> _assignments = new();
    private readonly int _max;
    private readonly Channel<AssignmentRow> _fresh = Channel.CreateBounded<AssignmentRow>(
        new BoundedChannelOptions(MaxWaiting) { FullMode = BoundedChannelFullMode.Wait });

    private int _count;
    private long _refused;
    private long _unwritten;

    public KeptAssignments(int max, IEnumerable<AssignmentRow> stored)
    {
        _max = max;
        foreach (var row in stored)
        {
            Add(row.Owner, row.Experiment, new KeptAssignment(row.Arm));
        }
    }

    public int Count => Volatile.Read(ref _count);

    /// <summary>People who came when it was full, asked once for each decision.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>Assignments that are in memory only: a restart forgets them.</summary>
    public long Unwritten => Interlocked.Read(ref _unwritten);

    /// <summary>What is to be written.</summary>
    public ChannelReader<AssignmentRow> Fresh => _fresh.Reader;

    /// <summary>Null when they were given nothing yet. What is found under one key is kept under the others from here on.</summary>
    public KeptAssignment? Find(int experiment, in PersonKeys person, long nowMs)
    {
        var found = Get(person.User, experiment) ?? Get(person.Profile, experiment) ?? Get(person.Anonymous, experiment);
        if (found is not null)
        {
            Link(experiment, person, found, nowMs);
        }

        return found;
    }

    /// <summary>Null when it is full.</summary>
    public KeptAssignment? Keep(int experiment, in PersonKeys person, int arm, long nowMs)
    {
        if (Count + 3 > _max)
        {
            Interlocked.Increment(ref _refused);
            return null;
        }

        var made = new KeptAssignment(arm);
        Link(experiment, person, made, nowMs);
        return Find(experiment, person, nowMs) ?? made; // Somebody may have been faster with another.
    }

    /// <summary>Forgets all of an owner, or of an experiment; returns how many there were.</summary>
    public int Remove(Func<UInt128, int, bool> isMeant)
    {
        var removed = 0;
        foreach (var (key, _) in _assignments)
        {
            if (isMeant(key.Owner, key.Experiment) && _assignments.TryRemove(key, out _))
            {
                Interlocked.Decrement(ref _count);
                removed++;
            }
        }

        return removed;
    }

    private KeptAssignment? Get(UInt128 owner, int experiment) =>
        owner != default && _assignments.TryGetValue((owner, experiment), out var found) ? found : null;

    private void Link(int experiment, in PersonKeys person, KeptAssignment assignment, long nowMs)
    {
        LinkOne(person.User, experiment, assignment, nowMs);
        LinkOne(person.Profile, experiment, assignment, nowMs);
        LinkOne(person.Anonymous, experiment, assignment, nowMs);
    }

    private void LinkOne(UInt128 owner, int experiment, KeptAssignment assignment, long nowMs)
    {
        if (owner == default || _assignments.ContainsKey((owner, experiment)) || Count >= _max || !Add(owner, experiment, assignment))
        {
            return;
        }

        if (!_fresh.Writer.TryWrite(new AssignmentRow(owner, experiment, assignment.Arm, nowMs)))
        {
            Interlocked.Increment(ref _unwritten);
        }
    }

    private bool Add(UInt128 owner, int experiment, KeptAssignment assignment)
    {
        if (!_assignments.TryAdd((owner, experiment), assignment))
        {
            return false;
        }

        Interlocked.Increment(ref _count);
        return true;
    }
}
