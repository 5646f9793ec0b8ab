using System.Text.Json;
using Personalization.Features.Domain.Conditions;

namespace Personalization.Features.Domain.Segments;

/// <summary>What an administrator says a segment is.</summary>
/// <param name="Name">For people; null when none was given.</param>
/// <param name="Description">For people.</param>
/// <param name="Condition">Who is in it.</param>
/// <param name="ActivatesWhenReady">It takes the place of the live version by itself, as soon as everybody has been asked.</param>
/// <param name="Body">As it was written.</param>
internal sealed record SegmentDefinition(string? Name, string? Description, Condition Condition, bool ActivatesWhenReady, JsonElement Body);
