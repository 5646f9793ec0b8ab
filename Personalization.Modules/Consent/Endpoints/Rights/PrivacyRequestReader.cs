using System.Text.Json;
using Personalization.Consent.Domain.Rights;
using Personalization.Consent.Pipeline.Rights;
using Personalization.Kernel.Json;

namespace Personalization.Consent.Endpoints.Rights;

/// <summary>Reads a request of the admin API: <c>{type, regulation?, identities?: [{kind, value}], profileId?, verification?, submittedAt?, callbacks?}</c>.</summary>
internal static class PrivacyRequestReader
{
    /// <summary>Null, and what is wrong, when it cannot be understood.</summary>
    public static RequestDraft? Read(ReadOnlyMemory<byte> body, RightsOptions options, IReadOnlySet<string> kinds, DateTimeOffset now, out IReadOnlyList<DraftFault> faults)
    {
        var found = new List<DraftFault>();
        faults = found;
        try
        {
            var json = BodyJson.Parse(body.Span, DraftReader.Strict);
            if (json.ValueKind == JsonValueKind.Object)
            {
                return Read(json, options, kinds, now, found);
            }
        }
        catch (JsonException)
        {
            // Told below, like any other body that is no request.
        }

        found.Add(new DraftFault("invalid_json", "The body must be a JSON object."));
        return null;
    }

    /// <summary>The text of one field of a small body, 1 to 2,000 characters: reasons and methods, which people write.</summary>
    public static string? ReadText(ReadOnlyMemory<byte> body, string name)
    {
        try
        {
            var json = BodyJson.Parse(body.Span, DraftReader.Strict);
            return json.ValueKind == JsonValueKind.Object && DraftReader.Text(json, name) is { } text &&
                text.Trim() is { Length: > 0 and <= 2_000 } trimmed ? trimmed : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static RequestDraft? Read(JsonElement json, RightsOptions options, IReadOnlySet<string> kinds, DateTimeOffset now, List<DraftFault> faults)
    {
        var type = DraftReader.Text(json, "type") switch
        {
            "access" => RightsType.Access,
            "portability" => RightsType.Portability,
            "erasure" => RightsType.Erasure,
            "suppress" => RightsType.Suppress,
            "unsuppress" => RightsType.Unsuppress,
            _ => (RightsType?)null,
        };
        if (type is null)
        {
            faults.Add(new DraftFault("unsupported_type", "'type' must be access, portability, erasure, suppress or unsuppress."));
        }

        var verification = !json.TryGetProperty("verification", out _) ? VerificationState.ByController : DraftReader.Text(json, "verification") switch
        {
            "by_controller" => VerificationState.ByController,
            "needed" => VerificationState.Needed,
            _ => (VerificationState?)null,
        };
        if (verification is null)
        {
            faults.Add(new DraftFault("invalid_verification", "'verification' must be by_controller or needed."));
        }

        var regulation = DraftReader.Regulation(json, faults);
        var submittedAt = DraftReader.Moment(json, "submittedAt", now, isNeeded: false, faults);
        var callbacks = DraftReader.Callbacks(json, "callbacks", options.MaxCallbacks, faults);
        var profileId = ProfileId(json, faults);
        var identities = Identities(json, options, kinds, profileId, faults);
        return faults.Count == 0
            ? new RequestDraft(type!.Value, regulation!, submittedAt, identities, profileId, callbacks, verification!.Value)
            : null;
    }

    private static int ProfileId(JsonElement json, List<DraftFault> faults)
    {
        if (!json.TryGetProperty("profileId", out var value))
        {
            return -1;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var profileId) && profileId >= 0)
        {
            return profileId;
        }

        faults.Add(new DraftFault("invalid_profile", "'profileId' must be the number of a profile."));
        return -1;
    }

    private static List<SubjectIdentity> Identities(JsonElement json, RightsOptions options, IReadOnlySet<string> kinds, int profileId, List<DraftFault> faults)
    {
        var read = new List<SubjectIdentity>();
        var items = DraftReader.Items(json, "identities").Take(options.MaxIdentities + 1).ToList();
        if (items.Count > options.MaxIdentities)
        {
            faults.Add(new DraftFault("too_many_identities", $"'identities' may name at most {options.MaxIdentities}."));
        }
        else if (items.Count == 0 && profileId < 0)
        {
            faults.Add(new DraftFault("missing_field", "'identities' or 'profileId' must say who it is."));
        }

        foreach (var (item, i) in items.Take(options.MaxIdentities).Select((item, i) => (item, i)))
        {
            var isObject = item.ValueKind == JsonValueKind.Object;
            var (kind, value) = isObject ? (DraftReader.Text(item, "kind"), DraftReader.Text(item, "value")) : (null, null);
            if (kind is null || !kinds.Contains(kind))
            {
                faults.Add(new DraftFault("unsupported_kind", $"The kind of identities[{i}] must be one of {string.Join(", ", kinds.Order(StringComparer.Ordinal))}."));
            }
            else if (!DraftReader.IsValue(value))
            {
                faults.Add(new DraftFault("invalid_value", $"The value of identities[{i}] must be 1 to 1,024 bytes of text."));
            }
            else
            {
                read.Add(new SubjectIdentity(kind, value!));
            }
        }

        return read;
    }
}
