using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Personalization.Identity.Domain;

namespace Personalization.Identity.Endpoints;

/// <summary>What an administrator asks for; which fields are needed depends on the address.</summary>
/// <param name="Into">Merge: the profile that lives on.</param>
/// <param name="From">Merge: the profile that ends. One of the two.</param>
/// <param name="ProfileId">Unmerge: the profile that becomes a person of its own again.</param>
/// <param name="Identifiers">Split: what moves to a profile of its own.</param>
/// <param name="Reason">Why; kept in the log and in the audit log, so it should name no one.</param>
/// <param name="Force">Merge: also two known users.</param>
internal sealed record IdentityChangeRequest(
    int? Into, int? From, int? ProfileId, IReadOnlyList<IdentifierRequest?>? Identifiers, string? Reason, bool Force = false)
{
    /// <summary>Null when the reason may be kept.</summary>
    public string? CheckReason() =>
        string.IsNullOrWhiteSpace(Reason) ? "reason is needed."
        : Encoding.UTF8.GetByteCount(Reason) > IdentityChange.MaxReason ? $"reason may have {IdentityChange.MaxReason} bytes."
        : null;
}

/// <summary>An identifier as clients send it.</summary>
/// <param name="Kind">As the graph names it: <c>user_id</c>, <c>anonymous_id</c>, <c>email</c>, <c>phone</c>, <c>device_id</c>, or a declared kind.</param>
/// <param name="Value">1 to 1,024 bytes of UTF-8.</param>
internal sealed record IdentifierRequest(string? Kind, string? Value);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(IdentityChangeRequest))]
internal sealed partial class IdentityChangeJson : JsonSerializerContext;
