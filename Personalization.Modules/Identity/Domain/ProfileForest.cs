using Personalization.Kernel.Collections;

namespace Personalization.Identity.Domain;

/// <summary>
/// Profiles, and which lives on in which. Two views of the same: the edges as they were made, one for each merge, so that one can be cut
/// again; and over them a union by rank, so that finding who a profile is now takes no more than the logarithm of the merges, whatever
/// order they came in. The sequencer writes; <see cref="Canonical"/> is for any thread and waits for nobody.
/// </summary>
internal sealed class ProfileForest
{
    private readonly ChunkedArray<Node> _nodes = new();
    private readonly Lock _structure = new();
    private int _count;

    public int Count => Volatile.Read(ref _count);

    /// <summary>The profile that this one lives on in; itself when it was never merged.</summary>
    public int Canonical(int profileId)
    {
        var up = Volatile.Read(ref _nodes[profileId].Up);
        while (up > 0)
        {
            profileId = up - 1;
            up = Volatile.Read(ref _nodes[profileId].Up);
        }

        return up == 0 ? profileId : -up - 1;
    }

    /// <summary>The profile that this one was merged into, by its own edge; -1 when it lives.</summary>
    public int MergedInto(int profileId) => _nodes[profileId].MergedInto - 1;

    /// <summary>Profiles that live on in this one by its own edges and those below them, itself included. O(answer).</summary>
    public HashSet<int> SubtreeOf(int profileId)
    {
        lock (_structure)
        {
            var found = new HashSet<int> { profileId };
            var open = new Stack<int>([profileId]);
            while (open.TryPop(out var parent))
            {
                for (var child = _nodes[parent].FirstChild - 1; child >= 0; child = _nodes[child].NextSibling - 1)
                {
                    found.Add(child);
                    open.Push(child);
                }
            }

            return found;
        }
    }

    public int Create()
    {
        var profile = _count;
        _nodes.Ensure(profile);
        Volatile.Write(ref _count, profile + 1);
        return profile;
    }

    /// <summary>Both live. The first lives on in the second from now on.</summary>
    public void Merge(int from, int into)
    {
        lock (_structure)
        {
            Attach(from, into);
            Unite(from, into);
        }
    }

    /// <summary>
    /// Cuts a profile's own edge: what lives in it, by edges below it, is a person of its own again. Writer only; O(profiles of both).
    /// </summary>
    /// <exception cref="InvalidOperationException">The profile was never merged.</exception>
    public void Cut(int profileId)
    {
        var into = MergedInto(profileId);
        if (into < 0)
        {
            throw new InvalidOperationException($"Profile {profileId} was never merged.");
        }

        var rest = Canonical(profileId);
        lock (_structure)
        {
            ref var place = ref _nodes[into].FirstChild;
            while (place - 1 != profileId)
            {
                place = ref _nodes[place - 1].NextSibling;
            }

            place = _nodes[profileId].NextSibling;
            _nodes[profileId].NextSibling = 0;
            _nodes[profileId].MergedInto = 0;
        }

        Star(profileId);
        Star(rest);
    }

    public void Restore(int count)
    {
        if (count > 0)
        {
            _nodes.Ensure(count - 1);
        }

        Volatile.Write(ref _count, count);
    }

    /// <summary>Takes an edge of a checkpoint back; <see cref="RestoreUnions"/> follows when all are there.</summary>
    public void RestoreEdge(int from, int into) => Attach(from, into);

    public void RestoreUnions()
    {
        for (var profile = 0; profile < _count; profile++)
        {
            if (_nodes[profile].MergedInto == 0 && _nodes[profile].FirstChild != 0)
            {
                Star(profile);
            }
        }
    }

    /// <summary>A small number that others keep with each profile: see <see cref="IdentityMap"/>.</summary>
    public ref int FirstIdentifier(int profileId) => ref _nodes[profileId].FirstIdentifier;

    /// <summary>Kinds of which the person has values, as bits; kept at the living profile.</summary>
    public ref uint Kinds(int profileId) => ref _nodes[profileId].Kinds;

    public ref ProfileFlags Flags(int profileId) => ref _nodes[profileId].Flags;

    private void Attach(int from, int into)
    {
        _nodes[from].MergedInto = into + 1;
        _nodes[from].NextSibling = _nodes[into].FirstChild;
        _nodes[into].FirstChild = from + 1;
    }

    private void Unite(int from, int into)
    {
        var (lower, upper) = (TopOf(from), TopOf(into));
        if (_nodes[lower].Rank > _nodes[upper].Rank)
        {
            (lower, upper) = (upper, lower);
        }
        else if (_nodes[lower].Rank == _nodes[upper].Rank)
        {
            _nodes[upper].Rank++;
        }

        // The upper one tells the new name first: a reader that comes through the lower one finds it.
        Volatile.Write(ref _nodes[upper].Up, upper == into ? 0 : -into - 1);
        Volatile.Write(ref _nodes[lower].Up, upper + 1);
    }

    private int TopOf(int profileId)
    {
        while (_nodes[profileId].Up > 0)
        {
            profileId = _nodes[profileId].Up - 1;
        }

        return profileId;
    }

    /// <summary>Points everything that lives in a profile straight at it.</summary>
    private void Star(int living)
    {
        foreach (var member in SubtreeOf(living))
        {
            ref var node = ref _nodes[member];
            node.Rank = 0;
            Volatile.Write(ref node.Up, member == living ? 0 : living + 1);
        }

        _nodes[living].Rank = 1;
    }

    private struct Node
    {
        /// <summary>Profile + 1; 0 when there is none. So are the next two.</summary>
        public int MergedInto;
        public int FirstChild;
        public int NextSibling;

        /// <summary>Union by rank. Above 0: the number above + 1. 0: at the top, and living. Below 0: at the top, and -(the living one + 1).</summary>
        public int Up;
        public int FirstIdentifier;
        public uint Kinds;
        public byte Rank;
        public ProfileFlags Flags;
    }
}

/// <summary>What is remembered of a profile besides its identifiers.</summary>
[Flags]
internal enum ProfileFlags : byte
{
    None,

    /// <summary>Only imported events ever spoke of it: what they say of devices was not contradicted since.</summary>
    OnlyPast = 1,

    /// <summary>A merge waits for its next event.</summary>
    HasPending = 2,
}
