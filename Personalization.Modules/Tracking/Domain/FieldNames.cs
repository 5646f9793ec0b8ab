namespace Personalization.Tracking.Domain;

/// <summary>Fields of an event, or of the body around a batch, that we read. Named as in JSON, for messages.</summary>
internal enum EventField : byte
{
    Unknown,
    Type,
    MessageId,
    AnonymousId,
    UserId,
    PreviousId,
    Event,
    Name,
    Timestamp,
    OriginalTimestamp,
    SentAt,
    Context,
    Properties,
    Traits,
    WriteKey,
    Batch,
}

/// <summary>Fields of <c>properties</c> and of an element of <c>properties.products</c>.</summary>
internal enum PropertyField : byte
{
    Unknown,
    ProductId,
    Sku,
    Id,
    Category,
    Brand,
    Price,
    Quantity,
    OrderId,
    Total,
    Revenue,
    Value,
    DecisionId,
    Placement,
    Products,
}

/// <summary>Property names to fields: by length first, so that most names cost one comparison or none.</summary>
internal static class FieldNames
{
    public static EventField EventFieldOf(ReadOnlySpan<byte> name) => name.Length switch
    {
        4 => name.SequenceEqual("type"u8) ? EventField.Type
            : name.SequenceEqual("name"u8) ? EventField.Name
            : EventField.Unknown,
        5 => name.SequenceEqual("event"u8) ? EventField.Event
            : name.SequenceEqual("batch"u8) ? EventField.Batch
            : EventField.Unknown,
        6 => name.SequenceEqual("userId"u8) ? EventField.UserId
            : name.SequenceEqual("sentAt"u8) ? EventField.SentAt
            : name.SequenceEqual("traits"u8) ? EventField.Traits
            : EventField.Unknown,
        7 => name.SequenceEqual("context"u8) ? EventField.Context : EventField.Unknown,
        8 => name.SequenceEqual("writeKey"u8) ? EventField.WriteKey : EventField.Unknown,
        9 => name.SequenceEqual("messageId"u8) ? EventField.MessageId
            : name.SequenceEqual("timestamp"u8) ? EventField.Timestamp
            : EventField.Unknown,
        10 => name.SequenceEqual("properties"u8) ? EventField.Properties
            : name.SequenceEqual("previousId"u8) ? EventField.PreviousId
            : EventField.Unknown,
        11 => name.SequenceEqual("anonymousId"u8) ? EventField.AnonymousId : EventField.Unknown,
        17 => name.SequenceEqual("originalTimestamp"u8) ? EventField.OriginalTimestamp : EventField.Unknown,
        _ => EventField.Unknown,
    };

    public static PropertyField PropertyFieldOf(ReadOnlySpan<byte> name) => name.Length switch
    {
        2 => name.SequenceEqual("id"u8) ? PropertyField.Id : PropertyField.Unknown,
        3 => name.SequenceEqual("sku"u8) ? PropertyField.Sku : PropertyField.Unknown,
        5 => name.SequenceEqual("price"u8) ? PropertyField.Price
            : name.SequenceEqual("brand"u8) ? PropertyField.Brand
            : name.SequenceEqual("total"u8) ? PropertyField.Total
            : name.SequenceEqual("value"u8) ? PropertyField.Value
            : PropertyField.Unknown,
        7 => name.SequenceEqual("revenue"u8) ? PropertyField.Revenue
            : name.SequenceEqual("orderId"u8) ? PropertyField.OrderId
            : PropertyField.Unknown,
        8 => name.SequenceEqual("category"u8) ? PropertyField.Category
            : name.SequenceEqual("quantity"u8) ? PropertyField.Quantity
            : name.SequenceEqual("products"u8) ? PropertyField.Products
            : name.SequenceEqual("order_id"u8) ? PropertyField.OrderId
            : PropertyField.Unknown,
        9 => name.SequenceEqual("productId"u8) ? PropertyField.ProductId
            : name.SequenceEqual("placement"u8) ? PropertyField.Placement
            : PropertyField.Unknown,
        10 => name.SequenceEqual("product_id"u8) ? PropertyField.ProductId
            : name.SequenceEqual("decisionId"u8) ? PropertyField.DecisionId
            : PropertyField.Unknown,
        11 => name.SequenceEqual("decision_id"u8) ? PropertyField.DecisionId : PropertyField.Unknown,
        _ => PropertyField.Unknown,
    };

    /// <summary>Default for anything but the six calls of the protocol.</summary>
    public static Contracts.EventType TypeOf(ReadOnlySpan<byte> name) => name.Length switch
    {
        4 when name.SequenceEqual("page"u8) => Contracts.EventType.Page,
        5 when name.SequenceEqual("track"u8) => Contracts.EventType.Track,
        5 when name.SequenceEqual("group"u8) => Contracts.EventType.Group,
        5 when name.SequenceEqual("alias"u8) => Contracts.EventType.Alias,
        6 when name.SequenceEqual("screen"u8) => Contracts.EventType.Screen,
        8 when name.SequenceEqual("identify"u8) => Contracts.EventType.Identify,
        _ => default,
    };
}
