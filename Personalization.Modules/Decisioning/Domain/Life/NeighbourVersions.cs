using System.Collections.Immutable;
using System.Text.Json;
using System.Threading.Channels;
using Personalization.Consent.Contracts;
using Personalization.Decisioning.Domain.Candidates;
using Personalization.Decisioning.Domain.Experiments;
using Personalization.Decisioning.Domain.Journal;

namespace Personalization.Decisioning.Domain.Life;

/// <summary>
/// Versions of the session neighbours: all look at the same index of sessions, each with numbers of its own. Reads of the decision path take one reference.
/// </summary>
internal sealed class NeighbourVersions(LearnedModels models, NeighbourWeights configured, IConsent consent, ErasedProfiles erased, TimeProvider time) : IVersionedModel
{
    public const string ModelName = "session-neighbours";
    private const int Answers = 20;
    private const int PopularItems = 100;
    private const int ShadowEvery = 32;
    private const int MaxWaiting = 256;

    private readonly Channel<int[]> _questions = Channel.CreateBounded<int[]>(new BoundedChannelOptions(MaxWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
    private readonly Lock _shadowing = new();
    private volatile Versions _current = new(1, new SessionNeighbours(models.Sessions, configured), ImmutableDictionary<int, SessionNeighbours>.Empty, null, null);
    private ShadowTally _shadow = new(0);
    private long _dropped;
    private int _asked;

    public string Name => ModelName;

    public string Description => "Finds the kept sessions that have most in common with the present one, and proposes what their people went on to.";

    public IReadOnlyList<string> Limits =>
    [
        "Knows nothing of items that no kept session has, nor of shoppers who have not looked at anything yet.",
        "Learns from clicks: what is shown more is clicked more, and so proposed more.",
        "Is measured on the newest sessions, each hidden from its own question; sessions that came after it are not hidden.",
    ];

    public JsonElement Defaults => JsonSerializer.SerializeToElement(configured, NeighbourParameters.Json);

    /// <summary>What answers now where nothing else is said.</summary>
    public SessionNeighbours Live => _current.Live;

    /// <summary>What answers: the version that a placement names, or that is tried on this decision, or the live one. On the decision path.</summary>
    public (SessionNeighbours Neighbours, int Version) For(int? version, ReadOnlySpan<int> session, Guid decisionId)
    {
        var current = _current;
        if (current.Shadow is not null && session.Length > 0 && Interlocked.Increment(ref _asked) % ShadowEvery == 0)
        {
            Offer(session);
        }

        if (version is { } named && current.Offered.TryGetValue(named, out var neighbours))
        {
            return (neighbours, named);
        }

        return current.Trial is { } trial && version is null && trial.Rule.Holds(decisionId, trial.Version) ? (trial.Neighbours, trial.Version) : (current.Live, current.LiveVersion);
    }

    public IReadOnlyList<FlagFault> Check(JsonElement parameters)
    {
        NeighbourParameters.Read(parameters, configured, out var faults);
        return faults;
    }

    public TrainingSet Describe()
    {
        var (sessions, from, until, ofErased, ofRefusers) = (0, long.MaxValue, long.MinValue, 0, 0);
        var state = models.Sessions.State;
        var newest = models.Sessions.Newest;
        foreach (var owner in state.Owners)
        {
            if (!SessionIndex.IsKept(owner.Serial, newest, state.Owners.Length) || IsEmpty(state, owner.Serial))
            {
                continue;
            }

            sessions++;
            (from, until) = (Math.Min(from, owner.LastMs), Math.Max(until, owner.LastMs));
            ofErased += erased.Contains(owner.Profile) ? 1 : 0;
            ofRefusers += consent.May(owner.Profile, Purposes.Train).IsAllowed ? 0 : 1;
        }

        return new TrainingSet(models.Sessions.Learnt, sessions, sessions == 0 ? null : from, sessions == 0 ? null : until, ofErased, ofRefusers);
    }

    public ModelMeasurement Measure(JsonElement parameters, int sessions, CancellationToken cancellationToken)
    {
        var neighbours = new SessionNeighbours(models.Sessions, NeighbourParameters.Read(parameters, configured, out _));
        var measuring = new Measuring(models.Popularity.Snapshot.Popular.AsSpan(0, Math.Min(PopularItems, models.Popularity.Snapshot.Popular.Length)));
        var (items, room, scratch, filter) = (new int[SessionBlocks.Largest], new ScoredItem[Answers], new NeighbourScratch(), new ItemFilter());
        var owners = models.Sessions.State.Owners;
        var newest = models.Sessions.Newest;
        for (var serial = newest; serial > 0 && newest - serial < owners.Length && sessions > 0; serial--)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var owner = owners[serial & (uint)(owners.Length - 1)];
            var count = owner.Serial == serial && consent.May(owner.Profile, Purposes.Train).IsAllowed ? models.Sessions.CopyNewest(serial, items) : 0;
            sessions -= count > 1 ? 1 : 0;
            for (var known = 1; known < count; known++)
            {
                filter.Clear();
                filter.Exclude(items[known - 1]);
                if (items[known] == items[known - 1])
                {
                    continue;
                }

                var start = time.GetTimestamp();
                var found = neighbours.Find(items.AsSpan(0, known), serial, scratch, filter, default, room);
                measuring.Add(room.AsSpan(0, found), items[known], time.GetElapsedTime(start));
            }
        }

        return measuring.Result();
    }

    public IEnumerable<JsonElement> Variations(JsonElement parameters)
    {
        var now = NeighbourParameters.Read(parameters, configured, out _);
        NeighbourWeights[] near =
        [
            now with { Neighbours = now.Neighbours / 2 }, now with { Neighbours = now.Neighbours * 2 },
            now with { QueryItems = now.QueryItems - 1 }, now with { QueryItems = now.QueryItems + 2 },
            now with { QueryDecay = now.QueryDecay * 0.7f }, now with { QueryDecay = 1 - ((1 - now.QueryDecay) * 0.7f) },
            now with { SimilarityPower = now.SimilarityPower * 0.7f }, now with { SimilarityPower = now.SimilarityPower * 1.4f },
            now with { DistanceDecay = now.DistanceDecay * 0.7f }, now with { DistanceDecay = 1 - ((1 - now.DistanceDecay) * 0.7f) },
            now with { Backward = now.Backward * 0.5f }, now with { Backward = now.Backward * 1.5f },
        ];
        return near.Distinct().Where(weights => weights != now).Select(weights => JsonSerializer.SerializeToElement(weights, NeighbourParameters.Json)).Where(json => Check(json).Count == 0);
    }

    public void Offer(int version, JsonElement parameters)
    {
        var neighbours = new SessionNeighbours(models.Sessions, NeighbourParameters.Read(parameters, configured, out _));
        lock (_shadowing)
        {
            _current = _current with { Offered = _current.Offered.SetItem(version, neighbours) };
        }
    }

    public void Serve(int version)
    {
        lock (_shadowing)
        {
            _current = _current with { LiveVersion = version, Live = _current.Offered[version] };
        }
    }

    public void Try(int? version, CanaryRule? rule)
    {
        lock (_shadowing)
        {
            _current = _current with { Trial = version is { } tried && rule is not null ? new Trial(tried, _current.Offered[tried], rule) : null };
        }
    }

    /// <summary>Answers name the version that their neighbours were searched by.</summary>
    public int? VersionOf(DecisionRecord decision) =>
        Array.Exists(decision.Visits, visit => visit is { Code: NeighbourSource.Code, Added: > 0 }) ? ModelVersions.VersionOf(decision.ModelVersion) : null;

    public void Shadow(int? version)
    {
        lock (_shadowing)
        {
            _shadow = new ShadowTally(version ?? 0);
            _current = _current with { Shadow = version is { } shadowed ? _current.Offered[shadowed] : null };
            Interlocked.Exchange(ref _dropped, 0);
        }
    }

    public ShadowReport? ReadShadow()
    {
        lock (_shadowing)
        {
            return _current.Shadow is null ? null : _shadow.Report(Interlocked.Read(ref _dropped));
        }
    }

    /// <summary>Compares questions as they come, until it is told to stop. One caller.</summary>
    public async Task CompareAsync(CancellationToken cancellationToken)
    {
        var (served, shadowed, scratch, filter) = (new ScoredItem[Answers], new ScoredItem[Answers], new NeighbourScratch(), new ItemFilter());
        await foreach (var session in _questions.Reader.ReadAllAsync(cancellationToken))
        {
            var current = _current;
            if (current.Shadow is not { } shadow)
            {
                continue;
            }

            filter.Clear();
            filter.Exclude(session[^1]);
            var first = current.Live.Find(session, 0, scratch, filter, default, served);
            var start = time.GetTimestamp();
            var second = shadow.Find(session, 0, scratch, filter, default, shadowed);
            var elapsed = time.GetElapsedTime(start);
            lock (_shadowing)
            {
                _shadow.Add(served.AsSpan(0, first), shadowed.AsSpan(0, second), elapsed);
            }
        }
    }

    /// <summary>The session is copied, once in a while; when too many wait it is not compared, and counted.</summary>
    private void Offer(ReadOnlySpan<int> session)
    {
        if (!_questions.Writer.TryWrite(session.ToArray()))
        {
            Interlocked.Increment(ref _dropped);
        }
    }

    private static bool IsEmpty(SessionIndexState state, uint serial) => Volatile.Read(ref state.Spans[serial & (uint)(state.Spans.Length - 1)]) == 0;

    private sealed record Versions(int LiveVersion, SessionNeighbours Live, ImmutableDictionary<int, SessionNeighbours> Offered, SessionNeighbours? Shadow, Trial? Trial);

    private sealed record Trial(int Version, SessionNeighbours Neighbours, CanaryRule Rule);
}
