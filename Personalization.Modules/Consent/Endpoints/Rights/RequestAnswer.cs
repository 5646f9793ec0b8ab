using Personalization.Consent.Domain.Rights;
using Personalization.Consent.Storage.Rights;

namespace Personalization.Consent.Endpoints.Rights;

/// <summary>A request as the admin API shows it. Names nobody.</summary>
internal sealed record RequestAnswer(
    Guid Id,
    string Type,
    string Regulation,
    string State,
    string Verification,
    string? VerificationMethod,
    string? SubjectRequestId,
    DateTimeOffset SubmittedAt,
    DateTimeOffset ReceivedAt,
    DateTimeOffset StartsAt,
    DateTimeOffset DueAt,
    bool IsOverdue,
    DateTimeOffset? FinishedAt,
    DateTimeOffset? ExtendedAt,
    string? ExtensionReason,
    string? RefusalReason,
    int Identities,
    int? Profiles,
    IReadOnlyDictionary<string, long>? Found,
    IReadOnlyList<RightsReceipt> Receipts,
    IReadOnlyList<RecipientReceipt> Recipients,
    IReadOnlyList<CallbackNote> Callbacks,
    ExportAnswer? Export,
    long? Withheld,
    int Failures,
    string? LastFailure)
{
    public static RequestAnswer Of(RightsRequest request, IReadOnlyList<CallbackNote> callbacks, string? link, long? withheld, DateTimeOffset now) => new(
        request.Id,
        Name(request.Type),
        request.Regulation,
        Name(request.State),
        Name(request.Verification),
        request.VerificationMethod,
        request.SubjectRequestId,
        request.SubmittedAt,
        request.ReceivedAt,
        request.StartsAt,
        request.DueAt,
        request.IsOpen && request.DueAt < now,
        request.FinishedAt,
        request.ExtendedAt,
        request.ExtensionReason,
        request.RefusalReason,
        request.IdentityCount,
        request.Found?.ProfileIds.Count,
        request.Found?.Stores,
        request.Receipts,
        request.Recipients,
        callbacks,
        request.Export is { } export
            ? new ExportAnswer(link, export.ExpiresAt, export.Downloads, export.Bytes, export.Events, export.Ended)
            : null,
        withheld,
        request.Failures,
        request.LastFailure);

    private static string Name<T>(T value)
        where T : struct, Enum => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}

/// <summary>A copy as the admin API shows it.</summary>
internal sealed record ExportAnswer(string? Link, DateTimeOffset ExpiresAt, int Downloads, long Bytes, long Events, string? Ended);
