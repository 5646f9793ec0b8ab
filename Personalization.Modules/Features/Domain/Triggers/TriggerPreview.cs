using System.Runtime.InteropServices;
using Personalization.Consent.Contracts;
using Personalization.Features.Domain.Conditions;
using Personalization.Features.Domain.History;

namespace Personalization.Features.Domain.Triggers;

/// <summary>What a trigger would have done.</summary>
/// <param name="Profiles">Profiles for which it would have fired.</param>
/// <param name="Firings">How often.</param>
/// <param name="Suppressed">Held back by its cooldown or limit.</param>
/// <param name="Looked">Profiles that were looked at.</param>
internal readonly record struct PreviewCounts(long Profiles, long Firings, long Suppressed, long Looked);

/// <summary>
/// Counts what a trigger would have done in the last days, over the histories that are kept, beside everything else. It knows only what is known
/// now: traits and segments of today, and everything that came late.
/// </summary>
internal sealed class TriggerPreview(IProfileHistory history, Func<ProfileSnapshot> snapshot, IConsent consent) : IDisposable
{
    private const int SliceProfiles = 4_096;
    private static readonly int Threads = Math.Max(1, Environment.ProcessorCount / 2);
    private readonly SemaphoreSlim _one = new(1, 1);

    /// <summary>Null when another preview is being made.</summary>
    public async Task<PreviewCounts?> CountAsync(CompiledTrigger trigger, long fromMs, long nowMs, CancellationToken cancellationToken)
    {
        if (!_one.Wait(0, cancellationToken))
        {
            return null;
        }

        try
        {
            var profiles = history.ProfileCount;
            var parts = await Task.WhenAll(Enumerable.Range(0, Threads).Select(thread =>
                Task.Run(() => Count(trigger, fromMs, nowMs, thread, profiles, cancellationToken), cancellationToken)));
            return new PreviewCounts(parts.Sum(part => part.Profiles), parts.Sum(part => part.Firings), parts.Sum(part => part.Suppressed), parts.Sum(part => part.Looked));
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private PreviewCounts Count(CompiledTrigger trigger, long fromMs, long nowMs, int thread, int profiles, CancellationToken cancellationToken)
    {
        var (facts, profile) = (new ProfileFacts(), snapshot());
        var (candidates, fired) = (new List<Candidate>(), new List<long>());
        var counts = default(PreviewCounts);
        for (var start = thread * SliceProfiles; start < profiles; start += Threads * SliceProfiles)
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (var id = start; id < Math.Min(start + SliceProfiles, profiles); id++)
            {
                candidates.Clear();
                fired.Clear();
                if (history.TryRead(id, facts))
                {
                    trigger.Pattern!.Find(facts, fromMs, nowMs, candidates);
                    var suppressed = Fire(trigger, id, profile, candidates, fired);
                    counts = new PreviewCounts(
                        counts.Profiles + (fired.Count > 0 ? 1 : 0), counts.Firings + fired.Count, counts.Suppressed + suppressed, counts.Looked + 1);
                }
            }
        }

        return counts;
    }

    /// <summary>As the judge would have, one after the other; how many were held back.</summary>
    private long Fire(CompiledTrigger trigger, int profileId, ProfileSnapshot profile, List<Candidate> candidates, List<long> fired)
    {
        long suppressed = 0;
        candidates.Sort(static (one, other) => (one.DueMs, one.Anchor).CompareTo((other.DueMs, other.Anchor)));
        foreach (ref readonly var candidate in CollectionsMarshal.AsSpan(candidates))
        {
            var dueMs = candidate.DueMs;
            if (!consent.May(profileId, Purposes.Profile, dueMs, out _).IsAllowed)
            {
                continue;
            }

            if (IsTooMuch(trigger.Definition, dueMs, fired))
            {
                suppressed++;
                continue;
            }

            profile.Reset(profileId, dueMs);
            if (trigger.If?.Holds(profile) ?? true)
            {
                fired.Add(dueMs);
            }
        }

        return suppressed;
    }

    private static bool IsTooMuch(TriggerDefinition definition, long dueMs, List<long> fired)
    {
        var inWindow = 0;
        foreach (var at in fired)
        {
            if (dueMs - at < definition.CooldownMs)
            {
                return true;
            }

            inWindow += definition.Limit is { } limit && dueMs - at < limit.WindowMs ? 1 : 0;
        }

        return inWindow >= (definition.Limit?.Count ?? int.MaxValue);
    }
}
