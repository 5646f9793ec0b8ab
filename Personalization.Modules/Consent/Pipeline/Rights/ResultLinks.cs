using System.Buffers.Text;
using Microsoft.Extensions.Options;
using Personalization.Consent.Domain.Rights;
using Personalization.Consent.Storage.Rights;

namespace Personalization.Consent.Pipeline.Rights;

/// <summary>Links to exports: they alone carry the key in the open. Thread-safe.</summary>
internal sealed class ResultLinks(RightsKeys keys, TimeProvider time, IOptions<RightsOptions> options)
{
    /// <summary>The link to the request's copy; null when there is none, or none any more.</summary>
    public string? Of(RightsRequest request) =>
        request.Export is { Ended: null, SealedKey: { } sealedKey } export && export.ExpiresAt > time.GetUtcNow()
            ? $"{BaseOf(request)}/v1/privacy/exports/{export.Id:N}?key={Base64Url.EncodeToString(keys.Seal.Open(sealedKey))}"
            : null;

    private string BaseOf(RightsRequest request) => (options.Value.PublicBaseUrl ?? request.BaseUrl).TrimEnd('/');
}
