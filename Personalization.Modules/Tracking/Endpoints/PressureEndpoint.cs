using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using Personalization.Kernel.Http;
using Personalization.Kernel.Log;
using Personalization.Kernel.Pipelines;
using Personalization.Tracking.Pipeline;
using Personalization.Tracking.Pipeline.Pressure;

namespace Personalization.Tracking.Endpoints;

/// <summary>How the door stands, why, and how the load spreads over sources, partitions and profiles. Server key required.</summary>
internal static class PressureEndpoint
{
    private const int HottestShown = 10;

    public static void Map(IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet("/v1/pressure", Handle).RequireServerKey().WithName("GetPressure");

    /// <summary>200 with what was measured within the last looks; rates are smoothed over a second, hot profiles over a minute.</summary>
    internal static IResult Handle(
        PressureWatch watch,
        PressureSensors sensors,
        SourceFlows flows,
        AdmissionLanes lanes,
        LargeBodyTurns turns,
        PipelinePosition position,
        ProfileHeat heat,
        TrackedEventHandler handler,
        IOptions<PressureOptions> options)
    {
        var picture = watch.Describe();
        return TypedResults.Ok(new
        {
            level = picture.Level.ToString(),
            since = DateTimeOffset.FromUnixTimeMilliseconds(picture.SinceMs),
            levelChanges = picture.Changes,
            signals = picture.Signals,
            limits = new
            {
                bulkPerSecond = Finite(picture.BulkPerSecond),
                capacityPerSecond = Finite(picture.CapacityPerSecond),
                criticalSharePerSecond = Finite(picture.CriticalSharePerSecond),
                sharePerSecond = Finite(picture.SharePerSecond),
            },
            sources = Sources(flows, picture),
            lanes = new { critical = lanes.Critical, bulk = lanes.Bulk, largeBodiesWaiting = turns.Waiting },
            pipeline = new
            {
                committedOffset = position.LogNextOffset,
                appliedOffset = position.AppliedOffset,
                lagEvents = position.Lag,
                appliedPerSecond = Round(sensors.AppliedPerSecond),
                worstCommitMs = Round(sensors.WorstCommitMs),
            },
            partitions = Partitions(heat, handler, out var skew),
            skew,
            hotProfiles = Hottest(heat, picture.ElapsedMinute, options.Value.HotProfileEvents),
        });
    }

    private static IEnumerable<object> Sources(SourceFlows flows, PressurePicture picture)
    {
        var admitted = Math.Max(1, flows.All.Sum(flow => flow.AdmittedPerSecond));
        return flows.All.OrderByDescending(flow => flow.OfferedPerSecond).Select(flow => new
        {
            name = flow.Source.Name,
            weight = flow.Weight,
            admittedEventsPerSecond = Round(flow.AdmittedEventsPerSecond),
            shedRequestsPerSecond = Round(flow.ShedRequestsPerSecond),
            offeredUnitsPerSecond = Round(flow.OfferedPerSecond),
            admittedUnitsPerSecond = Round(flow.AdmittedPerSecond),
            mayUseUnitsPerSecond = Finite(picture.SharePerSecond * flow.Weight),
            share = Round(flow.AdmittedPerSecond / admitted),
            admittedEvents = flow.AdmittedEvents,
            shedRequests = flow.ShedRequests,
        });
    }

    private static IEnumerable<object> Partitions(ProfileHeat heat, TrackedEventHandler handler, out double skew)
    {
        var rates = Enumerable.Range(0, heat.Partitions).Select(partition => heat.Applied(partition)).ToArray();
        var sum = rates.Sum(rate => rate.PerSecond);
        skew = sum < 1 ? 1 : Round(rates.Max(rate => rate.PerSecond) * rates.Length / sum);
        return rates.Select((rate, partition) => new
        {
            partition,
            queuedEvents = handler.QueuedEvents(partition),
            eventsPerSecond = Round(rate.PerSecond),
            share = sum < 1 ? 0 : Round(rate.PerSecond / sum),
            events = rate.Total,
        });
    }

    /// <summary>Events of the last minute, estimated: the true number is at most as many and at most the error less.</summary>
    private static IEnumerable<object> Hottest(ProfileHeat heat, double elapsed, int hot)
    {
        var all = Enumerable.Range(0, heat.Partitions)
            .SelectMany(partition => heat.Hottest(partition, elapsed).Select(profile => (Partition: partition, Profile: profile)))
            .ToArray();

        // The counts of a sketch add up to what it saw, however many profiles it has no place for.
        var sum = Math.Max(1, all.Sum(found => found.Profile.Events));
        return all.OrderByDescending(found => found.Profile.Events).Take(HottestShown).Select(found => new
        {
            profileId = found.Profile.ProfileId,
            partition = found.Partition,
            events = found.Profile.Events,
            errorAtMost = found.Profile.ErrorAtMost,
            share = Round((double)found.Profile.Events / sum),
            isHot = found.Profile.Events - found.Profile.ErrorAtMost >= hot,
        });
    }

    private static double? Finite(double value) => double.IsFinite(value) ? Round(value) : null;

    private static double Round(double value) => Math.Round(value, 3);
}
