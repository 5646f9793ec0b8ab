using System.Globalization;
using Microsoft.AspNetCore.Http;
using Personalization.Kernel.Hashing;
using Personalization.Tracking.Domain.DeadLetters;
using Personalization.Tracking.Storage.DeadLetters;

namespace Personalization.Tracking.Endpoints.DeadLetters;

/// <summary>Lists, shows and counts the letters.</summary>
internal sealed class ReadLettersEndpoint(DeadLetterReader letters, KeyHasher hasher)
{
    private const int DefaultLimit = 50;
    private const int MaxLimit = 1000;

    /// <summary>The newest letters that match, without bodies, and the cursor of the next page; 400 when the filter is not valid.</summary>
    public IResult List(HttpContext context)
    {
        var query = context.Request.Query;
        if (FilterReader.Read(query, hasher, out var fault) is not { } filter)
        {
            return DeadLetterProblems.InvalidFilter.ToResult(fault);
        }

        if (!TryNumber(query["cursor"], long.MaxValue, out var before) || !TryNumber(query["limit"], DefaultLimit, out var limit))
        {
            return DeadLetterProblems.InvalidFilter.ToResult("'cursor' and 'limit' are positive numbers.");
        }

        var page = letters.Newest(filter, before, (int)Math.Min(limit, MaxLimit));
        return TypedResults.Ok(new LetterPage(
            [.. page.Select(LetterAnswer.Of)], page.Count == Math.Min(limit, MaxLimit) ? page[^1].Id.ToString(CultureInfo.InvariantCulture) : null));
    }

    /// <summary>One letter with its body; 404 when there is none.</summary>
    public IResult Get(long id) =>
        letters.Find(id) is { } letter ? TypedResults.Ok(LetterAnswer.Whole(letter)) : DeadLetterProblems.Unknown.ToResult($"{id}");

    /// <summary>How many letters there are by reason, source, state and day, and how many have expired.</summary>
    public IResult Summarise()
    {
        var summary = letters.Summarise();
        return TypedResults.Ok(new SummaryAnswer(
            summary.Counts.Where(count => count.State is DeadLetterState.Open or DeadLetterState.Corrected).Sum(count => count.Letters),
            summary.Counts.Sum(count => count.Letters),
            summary.Bytes,
            summary.FileBytes,
            [.. summary.Counts.Select(count => new CountAnswer(
                LetterNames.Of(count.Reason), count.Source.Length == 0 ? null : count.Source, LetterNames.Of(count.State), count.Day, count.Letters, count.Bytes))],
            summary.Expired.ToDictionary(entry => LetterNames.Of(entry.Key), entry => entry.Value)));
    }

    private static bool TryNumber(string? text, long whenAbsent, out long number)
    {
        number = whenAbsent;
        return string.IsNullOrEmpty(text) || (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number > 0);
    }

    internal sealed record LetterPage(IReadOnlyList<LetterAnswer> Letters, string? NextCursor);

    internal sealed record SummaryAnswer(
        long Open, long Letters, long Bytes, long FileBytes, IReadOnlyList<CountAnswer> Counts, IReadOnlyDictionary<string, long> Expired);

    internal sealed record CountAnswer(string Reason, string? Source, string State, string Day, long Letters, long Bytes);
}
