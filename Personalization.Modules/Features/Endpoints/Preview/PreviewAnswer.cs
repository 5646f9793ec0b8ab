using System.Text.Json.Serialization;
using Personalization.Features.Domain.Preview;

namespace Personalization.Features.Endpoints.Preview;

/// <summary>What a preview found.</summary>
/// <param name="Count">For how many it holds.</param>
/// <param name="Population">Of how many who may be profiled.</param>
/// <param name="Sample">Some of them, drawn evenly; the same ones as long as nothing changes.</param>
/// <param name="Overlap">With the segments that were asked for.</param>
/// <param name="AsOf">The log's clock when it was counted.</param>
/// <param name="TookMs">How long that took.</param>
/// <param name="Notes">What whoever wrote the condition may have overlooked.</param>
internal sealed record PreviewAnswer(
    long Count, long Population, IReadOnlyList<int> Sample, IReadOnlyList<PreviewOverlap> Overlap, DateTimeOffset AsOf, double TookMs, IReadOnlyList<string> Notes);

/// <summary>What the previewed and another segment have in common.</summary>
internal sealed record PreviewOverlap(string Segment, long Both, long OnlyThis, long OnlyOther);

/// <summary>The first line of an answer in lines: from a part of the profiles.</summary>
internal sealed record PreviewGuess(ShareEstimate Estimate, DateTimeOffset AsOf, double TookMs, IReadOnlyList<string> Notes);

[JsonSerializable(typeof(PreviewAnswer))]
[JsonSerializable(typeof(PreviewGuess))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class PreviewJson : JsonSerializerContext;
