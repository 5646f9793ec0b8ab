using System.Buffers;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Personalization.Identity.Domain;
using Personalization.Kernel.Hashing;
using Personalization.Kernel.Http;
using Personalization.Kernel.Json;
using Personalization.Tracking.Contracts;

namespace Personalization.Identity.Endpoints;

/// <summary>
/// <c>POST /v1/profiles/{id}/merge</c>, <c>/unmerge</c> and <c>/split</c>: what events did not tell, or told wrongly. Server key required.
/// Each answers when the profiles are as asked: 200; 400, 413; 404 for an unknown profile; 409 when it cannot be; 429 and 503 with Retry-After.
/// </summary>
internal static class IdentityChangeEndpoints
{
    private const int MaxBody = 64 * 1024;
    private const int MaxValue = 1_024;
    private const string RetryAfterSeconds = "1";

    public static IEndpointRouteBuilder Map(IEndpointRouteBuilder endpoints)
    {
        var profiles = endpoints.MapGroup("/v1/profiles/{profileId:int}").RequireServerKey();
        profiles.MapPost("/merge", MergeAsync).WithName("MergeProfiles");
        profiles.MapPost("/unmerge", UnmergeAsync).WithName("UnmergeProfile");
        profiles.MapPost("/split", SplitAsync).WithName("SplitProfile");
        return endpoints;
    }

    internal static Task<IResult> MergeAsync(
        int profileId, HttpContext context, IdentityMap map, MergeHistory history, IdentityChangeWriter writer) =>
        HandleAsync(context, writer, async request =>
        {
            if (request.Into is null == request.From is null)
            {
                return IdentityChangeProblems.Invalid.ToResult("Either into or from is needed.");
            }

            var (from, into) = (request.From ?? profileId, request.Into ?? profileId);
            if (UnknownOf(map, from, into) is { } unknown)
            {
                return unknown;
            }

            (from, into) = (map.Canonical(from), map.Canonical(into));
            if (from == into)
            {
                return IdentityChangeProblems.SamePerson.ToResult($"Both are profile {into}.");
            }

            if (!request.Force && map.IsKnownUser(from) && map.IsKnownUser(into))
            {
                return IdentityChangeProblems.BothKnown.ToResult();
            }

            var change = writer.Change(IdentityChangeKind.Merge, from, into, [], request.Force, request.Reason!);
            return await ApplyAsync(context, writer, change, offset => map.Canonical(from) != map.Canonical(into)
                ? IdentityChangeProblems.Overtaken.ToResult()
                : AnswerOf(map, history, offset, map.Canonical(into)));
        });

    internal static Task<IResult> UnmergeAsync(
        int profileId, HttpContext context, IdentityMap map, MergeHistory history, IdentityChangeWriter writer) =>
        HandleAsync(context, writer, async request =>
        {
            if (request.ProfileId is not { } parted)
            {
                return IdentityChangeProblems.Invalid.ToResult("profileId is needed: the profile that becomes a person of its own again.");
            }

            if (UnknownOf(map, profileId, parted) is { } unknown)
            {
                return unknown;
            }

            var person = map.Canonical(profileId);
            if (map.MergedInto(parted) < 0 || map.Canonical(parted) != person)
            {
                return IdentityChangeProblems.NotMerged.ToResult(parted == person
                    ? $"Profile {parted} is the one that the others were merged into; unmerge one of those."
                    : $"Profile {parted} is no part of profile {person}.");
            }

            var change = writer.Change(IdentityChangeKind.Unmerge, parted, person, [], isForced: false, request.Reason!);
            return await ApplyAsync(context, writer, change, offset => map.Canonical(parted) == map.Canonical(person)
                ? IdentityChangeProblems.Overtaken.ToResult()
                : AnswerOf(map, history, offset, map.Canonical(person), map.Canonical(parted)));
        });

    internal static Task<IResult> SplitAsync(
        int profileId, HttpContext context, IdentityMap map, IdentityLedger ledger, MergeHistory history, KeyHasher hasher, IdentityRules rules, IdentityChangeWriter writer) =>
        HandleAsync(context, writer, async request =>
        {
            if (request.Identifiers is not { Count: > 0 and <= IdentityChange.MaxKeys } named)
            {
                return IdentityChangeProblems.Invalid.ToResult($"identifiers must name 1 to {IdentityChange.MaxKeys}.");
            }

            if (UnknownOf(map, profileId) is { } unknown)
            {
                return unknown;
            }

            var keys = named.Select(identifier => KeyOf(identifier, hasher, rules)).ToArray();
            if (Array.FindIndex(keys, key => key is null) is var invalid and >= 0)
            {
                return IdentityChangeProblems.Invalid.ToResult($"identifiers[{invalid}] needs kind ({string.Join(", ", rules.Vocabulary.Kinds.Select(kind => kind.Name))}) and a value of it (1 to {MaxValue} bytes).");
            }

            var person = map.Canonical(profileId);
            if (Array.FindIndex(keys, key => map.Find(key!.Value.Key) != person) is var other and >= 0)
            {
                return IdentityChangeProblems.NotTheirs.ToResult($"identifiers[{other}] does not belong to profile {person}.");
            }

            var everyone = map.GroupOf(person);
            var left = ledger.KeysOf(everyone).Where(key => everyone.Contains(map.BoundTo(key))).Except(keys.Select(key => key!.Value.Key));
            if (!left.Any())
            {
                return IdentityChangeProblems.NothingLeft.ToResult();
            }

            var moved = keys.Select(key => key!.Value).Distinct().ToArray();
            var change = writer.Change(IdentityChangeKind.Split, person, person, moved, isForced: false, request.Reason!);
            return await ApplyAsync(context, writer, change, offset => map.Find(moved[0].Key) is var split && split == map.Canonical(person)
                ? IdentityChangeProblems.Overtaken.ToResult()
                : AnswerOf(map, history, offset, map.Canonical(person), split));
        });

    private static async Task<IResult> HandleAsync(HttpContext context, IdentityChangeWriter writer, Func<IdentityChangeRequest, Task<IResult>> handle)
    {
        var body = new ArrayBufferWriter<byte>();
        if (await RequestBody.ReadAsync(context.Request, body, MaxBody, context.RequestAborted) is var status and not BodyStatus.Read)
        {
            return (status == BodyStatus.TooLarge ? IdentityChangeProblems.TooLarge : IdentityChangeProblems.Invalid).ToResult();
        }

        var faults = new List<BodyFault>();
        if (BodyShape.Read(body.WrittenSpan, IdentityChangeJson.Default.IdentityChangeRequest, faults) is not { } request)
        {
            return IdentityChangeProblems.Invalid.ToResult(faults);
        }

        if (request.CheckReason() is { } wrong)
        {
            return IdentityChangeProblems.Invalid.ToResult(wrong);
        }

        await writer.CatchUpAsync(context.RequestAborted);
        return await handle(request);
    }

    private static async Task<IResult> ApplyAsync(HttpContext context, IdentityChangeWriter writer, IdentityChange change, Func<long, IResult> answer)
    {
        var (offset, problem) = await writer.ApplyAsync(change, context);
        if (problem is null)
        {
            return answer(offset);
        }

        context.Response.Headers.RetryAfter = RetryAfterSeconds;
        return problem.ToResult();
    }

    private static IResult? UnknownOf(IdentityMap map, params ReadOnlySpan<int> profiles)
    {
        foreach (var profile in profiles)
        {
            if ((uint)profile >= (uint)map.Count)
            {
                return ProfileEndpoints.UnknownProfile.ToResult($"Profile {profile} was never created.");
            }
        }

        return null;
    }

    private static IdentifierKey? KeyOf(IdentifierRequest? identifier, KeyHasher hasher, IdentityRules rules)
    {
        if (identifier is not { Kind: { } name, Value: { Length: > 0 } value } || Encoding.UTF8.GetByteCount(value) > MaxValue
            || rules.Vocabulary.Find(name) is not { } kind)
        {
            return null;
        }

        var key = IdentifierVocabulary.KeyOf(hasher, kind, value);
        return key == default ? null : new IdentifierKey(key, kind.Number == IdentifierKind.UserId);
    }

    private static Ok<ChangeAnswer> AnswerOf(IdentityMap map, MergeHistory history, long offset, params int[] people) => TypedResults.Ok(new ChangeAnswer(
        offset,
        [.. people.Select(person => new PersonAnswer(person, [.. map.GroupOf(person).Order()], map.IsKnownUser(person), history.SeveredFrom(person)))]));

    /// <summary>What has become of the people.</summary>
    /// <param name="Offset">Place of the change in the log.</param>
    /// <param name="Profiles">The person first that lives on, then the one that was parted.</param>
    internal sealed record ChangeAnswer(long Offset, IReadOnlyList<PersonAnswer> Profiles);

    /// <summary>A person.</summary>
    /// <param name="ProfileId">Where the state lives.</param>
    /// <param name="Members">All profile numbers of the person.</param>
    /// <param name="IsKnownUser">Whether a user id is theirs.</param>
    /// <param name="SeveredFrom">Profiles that events do not merge with this person, since an administrator parted them.</param>
    internal sealed record PersonAnswer(int ProfileId, IReadOnlyList<int> Members, bool IsKnownUser, IReadOnlyList<int> SeveredFrom);
}
