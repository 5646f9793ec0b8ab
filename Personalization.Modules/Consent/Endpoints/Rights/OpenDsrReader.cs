using System.Text.Json;
using Personalization.Consent.Domain.Rights;
using Personalization.Consent.Pipeline.Rights;
using Personalization.Kernel.Json;

namespace Personalization.Consent.Endpoints.Rights;

/// <summary>Reads an OpenDSR 2.0 request. All faults are told at once.</summary>
internal static class OpenDsrReader
{
    private const int IdLength = 36;

    /// <param name="body">Untrusted.</param>
    /// <param name="options">Bounds, and what identity types mean.</param>
    /// <param name="kinds">Kinds of identifiers by which people can be found.</param>
    /// <param name="now">Our clock.</param>
    /// <param name="subjectRequestId">The controller's id; empty when it is none.</param>
    /// <param name="faults">What is wrong.</param>
    /// <returns>Null when anything is.</returns>
    public static RequestDraft? Read(
        ReadOnlyMemory<byte> body,
        RightsOptions options,
        IReadOnlySet<string> kinds,
        DateTimeOffset now,
        out string subjectRequestId,
        out List<DraftFault> faults)
    {
        faults = [];
        subjectRequestId = "";
        try
        {
            var json = BodyJson.Parse(body.Span, DraftReader.Strict);
            if (json.ValueKind == JsonValueKind.Object)
            {
                subjectRequestId = Id(json, faults);
                return Read(json, options, kinds, now, faults);
            }
        }
        catch (JsonException)
        {
            // Told below, like any other body that is no request.
        }

        faults.Add(new DraftFault("invalid_json", "The body must be a JSON object."));
        return null;
    }

    private static RequestDraft? Read(JsonElement json, RightsOptions options, IReadOnlySet<string> kinds, DateTimeOffset now, List<DraftFault> faults)
    {
        var regulation = DraftReader.Regulation(json, faults);
        RightsType? type = DraftReader.Text(json, "subject_request_type") switch
        {
            "access" => RightsType.Access,
            "portability" => RightsType.Portability,
            "erasure" => RightsType.Erasure,
            _ => null,
        };
        if (type is null)
        {
            faults.Add(new DraftFault("unsupported_request_type", "'subject_request_type' must be access, portability or erasure."));
        }

        if (json.TryGetProperty("api_version", out var version) && DraftReader.Text(version) is not ['2', ..])
        {
            faults.Add(new DraftFault("unsupported_api_version", "'api_version' must be 2.0."));
        }

        var submittedAt = DraftReader.Moment(json, "submitted_time", now, isNeeded: true, faults);
        var callbacks = DraftReader.Callbacks(json, "status_callback_urls", options.MaxCallbacks, faults);
        var identities = Identities(json, options, kinds, faults);
        return faults.Count == 0
            ? new RequestDraft(type!.Value, regulation!, submittedAt, identities, ProfileId: -1, callbacks, VerificationState.ByController)
            : null;
    }

    private static string Id(JsonElement json, List<DraftFault> faults)
    {
        // A lower-case version 4 UUID: whoever sends an upper-case one would not find it again under it.
        if (DraftReader.Text(json, "subject_request_id") is { Length: IdLength } id && Guid.TryParseExact(id, "D", out _) &&
            !id.Any(char.IsAsciiLetterUpper) && id[14] == '4' && id[19] is '8' or '9' or 'a' or 'b')
        {
            return id;
        }

        faults.Add(new DraftFault("invalid_subject_request_id", "'subject_request_id' must be a lower-case version 4 UUID."));
        return "";
    }

    private static List<SubjectIdentity> Identities(JsonElement json, RightsOptions options, IReadOnlySet<string> kinds, List<DraftFault> faults)
    {
        var read = new List<SubjectIdentity>();
        var items = DraftReader.Items(json, "subject_identities").Take(options.MaxIdentities + 1).ToList();
        var own = OwnIdentities(json, options).Take(options.MaxIdentities + 1).ToList();
        if (items.Count + own.Count == 0)
        {
            faults.Add(new DraftFault("missing_field", "'subject_identities' must name at least one identity."));
        }
        else if (items.Count + own.Count > options.MaxIdentities)
        {
            faults.Add(new DraftFault("too_many_identities", $"'subject_identities' may name at most {options.MaxIdentities}."));
            return [];
        }

        for (var i = 0; i < items.Count; i++)
        {
            var isObject = items[i].ValueKind == JsonValueKind.Object;
            var type = isObject ? DraftReader.Text(items[i], "identity_type") : null;
            var kind = type is not null && options.IdentityKinds.TryGetValue(type, out var named) && kinds.Contains(named) ? named : null;
            Add(read, faults, $"subject_identities[{i}]", kind, type, isObject ? DraftReader.Text(items[i], "identity_value") : null);
            if (isObject && DraftReader.Text(items[i], "identity_format") != "raw")
            {
                faults.Add(new DraftFault("unsupported_identity_format", $"'identity_format' of subject_identities[{i}] must be raw: identities are kept under keyed hashes of our own."));
            }
        }

        for (var i = 0; i < own.Count; i++)
        {
            var isObject = own[i].ValueKind == JsonValueKind.Object;
            var kind = isObject && DraftReader.Text(own[i], "kind") is { } named && kinds.Contains(named) ? named : null;
            Add(read, faults, $"identities[{i}] of the extension", kind, type: null, isObject ? DraftReader.Text(own[i], "value") : null);
        }

        return read;
    }

    private static void Add(List<SubjectIdentity> read, List<DraftFault> faults, string place, string? kind, string? type, string? value)
    {
        if (kind is null)
        {
            faults.Add(new DraftFault("unsupported_identity_type", $"The type of {place} is not one of those that the discovery document names."));
        }
        else if (!DraftReader.IsValue(value))
        {
            faults.Add(new DraftFault("invalid_identity_value", $"The value of {place} must be 1 to 1,024 bytes of text."));
        }
        else
        {
            read.Add(new SubjectIdentity(kind, value!, type));
        }
    }

    /// <summary>OpenDSR has no word for an anonymous id of a page: the extension of our own domain may name identifiers of all kinds.</summary>
    private static IEnumerable<JsonElement> OwnIdentities(JsonElement json, RightsOptions options) =>
        json.TryGetProperty("extensions", out var extensions) && extensions.ValueKind == JsonValueKind.Object &&
        extensions.TryGetProperty(options.ProcessorDomain, out var own) && own.ValueKind == JsonValueKind.Object
            ? DraftReader.Items(own, "identities")
            : [];
}
